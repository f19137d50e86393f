// The timeline of the protocol editor: mouse, keyboard, undo, preview. Without it the page is a form.
(function () {
  "use strict";
  var form = document.querySelector("[data-editor]");
  if (!form) { return; }
  var model = window.TimelineModel(form), svg = form.querySelector("[data-lanes]");
  var lanes = {};
  document.querySelectorAll("[data-lane-title]").forEach(function (one) { lanes[one.dataset.laneTitle] = one.textContent; });
  svg.dataset.latest = form.dataset.latest;
  form.querySelector("[data-timeline]").hidden = false;
  var drawing = window.TimelineDrawing(svg, model, lanes);
  var stepBox = form.querySelector("[data-step]"), live = form.querySelector("[data-live]");
  var undo = [], redo = [], current = model.snapshot(), first = current + texts(), lastChange = { key: "", at: 0 };
  var MOST_UNDO = 200, TOGETHER = 900, STEPS = [1, 10, 100, 1e3, 1e4, 6e4, 6e5, 36e5];

  function texts() { return form.elements.namedItem("title").value + "\n" + form.elements.namedItem("meaning").value; }
  function say(words) { live.textContent = ""; window.setTimeout(function () { live.textContent = words; }, 30); }
  function refresh() {
    model.relabel();
    drawing.draw();
    choose(chosen);
    form.querySelector("[data-undo]").disabled = !undo.length;
    form.querySelector("[data-redo]").disabled = !redo.length;
    form.querySelector("[data-end]").textContent = "ends at " + model.timeText(Math.round(model.end() * 1000) / 1000);
    form.querySelector("[data-dirty]").textContent = current + texts() === first ? "" : "Unsaved changes";
  }
  // Keeps the state before a change; changes of the same kind in quick succession are one.
  function commit(words, what) {
    var state = model.snapshot(), now = Date.now();
    if (state === current) { refresh(); return; }
    if (!what || what !== lastChange.key || now - lastChange.at > TOGETHER) { undo.push(current); }
    if (undo.length > MOST_UNDO) { undo.shift(); }
    lastChange = { key: what || "", at: now };
    redo = [];
    current = state;
    refresh();
    preview();
    say(words);
  }
  function travel(from, to, words) {
    if (!from.length) { say("Nothing to " + words + "."); return; }
    var focused = document.activeElement && document.activeElement.dataset.key;
    to.push(current);
    current = from.pop();
    lastChange.key = "";
    model.restore(current);
    if (drawing.view.fit) { drawing.fit(); }
    refresh();
    if (focused) { drawing.focus(focused); }
    preview();
    say(words === "undo" ? "Undone." : "Done again.");
  }

  function add(kind, start) {
    var item = model.add(kind, start);
    if (!item) { say("No more than " + form.dataset.most + " items."); return; }
    drawing.reveal(item);
    commit(model.title(item) + " added at " + model.text(item, "start") + "; item " + model.items().length + " of " + model.items().length + ".");
    drawing.focus(item.dataset.item);
  }
  function next() {
    var step = Number(stepBox.value);
    return Math.ceil(model.end() / step - 1e-9) * step + (model.items().length ? step : 1000);
  }
  function remove(item) {
    var all = model.items(), place = all.indexOf(item), words = model.label(item) + " removed.";
    var near = all[place + 1] || all[place - 1];
    item.remove();
    commit(words);
    if (near) { drawing.focus(near.dataset.item); } else { form.querySelector("[data-add]").focus(); }
  }
  function duplicate(item) {
    var made = model.copy(item);
    if (!made) { say("No more than " + form.dataset.most + " items."); return; }
    drawing.reveal(made);
    commit(model.title(item) + " duplicated, at " + model.text(made, "start") + ".");
    drawing.focus(made.dataset.item);
  }
  function moveTo(item, ms) {
    model.setTime(item, "start", Math.round(Math.min(Math.max(0, ms), Number(form.dataset.latest)) * 1e4) / 1e4);
  }
  function moved(item) { drawing.reveal(item); commit(model.label(item) + " at " + model.text(item, "start") + ".", "move" + item.dataset.item); }
  // Longer or shorter: more or fewer pulses, or another length of a drug or bath change.
  function growTo(item, ms, least) {
    if (model.blank(item.dataset.kind).dataset.grows === "count") {
      var every = Math.max(0.1, model.time(item, "interval", 1));
      model.input(item, "count").value = Math.max(1, Math.round(ms / every) + 1);
      return;
    }
    model.setTime(item, "length", Math.max(least, Math.round(ms * 1e4) / 1e4));
    if (item.dataset.kind === "bath" && !model.text(item, "back")) { model.input(item, "back").value = model.back(item); }
  }
  function grow(item, sign) {
    var counts = model.blank(item.dataset.kind).dataset.grows === "count", length = model.shape(item).length;
    var step = counts ? Math.max(0.1, model.time(item, "interval", 1)) : Number(stepBox.value);
    var base = counts ? (model.number(item, "count", 1) - 1) * step : length === Infinity ? 0 : length;
    growTo(item, Math.max(0, base + sign * step), step);
    grown(item);
  }
  function grown(item) {
    var name = model.blank(item.dataset.kind).dataset.grows;
    drawing.reveal(item);
    commit(model.label(item) + (name === "count" ? ": " + model.text(item, "count") + " every " + model.text(item, "interval") : " for " + model.text(item, "length")) + ".", "grow" + item.dataset.item);
  }
  function repeat(item, more) {
    var times = Math.max(1, model.number(item, "repeat", 1) + more), own = model.shape(item);
    model.input(item, "repeat").value = times;
    if (times > 1 && own.length < Infinity && own.period <= own.length) { model.setTime(item, "period", Math.ceil(own.length / 1000 + 1) * 1000); }
    drawing.reveal(item);
    commit(model.label(item) + ": " + (times === 1 ? "once" : times + " times, every " + model.text(item, "period")) + ".", "repeat" + item.dataset.item);
  }
  // The item that was last in focus, for who neither drags nor types.
  var chosen = "";
  function choose(key) {
    var item = model.byKey(key);
    chosen = item ? key : "";
    form.querySelector("[data-chosen]").textContent = item ? model.label(item) : "none";
    form.querySelectorAll("[data-chosen-do]").forEach(function (one) { one.disabled = !item; });
  }
  function nudge(item, steps) { moveTo(item, model.shape(item).start + steps * Number(stepBox.value)); moved(item); }
  var verbs = {
    earlier: function (item) { nudge(item, -1); }, later: function (item) { nudge(item, 1); },
    shorter: function (item) { grow(item, -1); }, longer: function (item) { grow(item, 1); },
    less: function (item) { repeat(item, -1); }, more: function (item) { repeat(item, 1); },
    copy: duplicate, remove: remove
  };
  svg.addEventListener("focusin", function (event) { var g = event.target.closest("[data-key]"); if (g) { choose(g.dataset.key); } });
  function open(item, focus) {
    item.querySelector("details").open = true;
    if (focus) { model.input(item, "start").focus(); }
  }

  svg.addEventListener("keydown", function (event) {
    var g = event.target.closest("[data-key]"), item = g && model.byKey(g.dataset.key);
    if (!item || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var right = event.key === "ArrowRight" || event.key === "ArrowUp";
    if (event.key.indexOf("Arrow") === 0) {
      if (event.shiftKey) { grow(item, right ? 1 : -1); } else { nudge(item, right ? 1 : -1); }
    } else if (event.key === "PageUp" || event.key === "PageDown") { nudge(item, event.key === "PageUp" ? 10 : -10);
    } else if (event.key === "Home") { moveTo(item, 0); moved(item);
    } else if (event.key === "+" || event.key === "=") { repeat(item, 1);
    } else if (event.key === "-" || event.key === "\u2212") { repeat(item, -1);
    } else if (event.key === "d" || event.key === "D") { duplicate(item);
    } else if (event.key === "Delete" || event.key === "Backspace") { remove(item);
    } else if (event.key === "Enter" || event.key === " ") { open(item, true);
    } else { return; }
    event.preventDefault();
  });
  document.addEventListener("keydown", function (event) {
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (!(event.ctrlKey || event.metaKey) || event.altKey || typing) { return; }
    var key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) { travel(undo, redo, "undo"); } else if (key === "y" || key === "z") { travel(redo, undo, "do again"); } else { return; }
    event.preventDefault();
  });

  // The step chosen, unless it is finer than a pixel or coarser than a finger's width.
  function snap() {
    var pixel = 1 / drawing.scale(), chosen = Number(stepBox.value);
    if (chosen >= pixel && chosen <= 40 * pixel) { return chosen; }
    var fits = STEPS.filter(function (one) { return one >= pixel && one <= 40 * pixel; });
    return fits.length ? fits[0] : Math.pow(10, Math.floor(Math.log10(40 * pixel)));
  }
  function rounded(ms) { var by = snap(); return Math.round(ms / by) * by; }
  svg.addEventListener("pointerdown", function (event) {
    var g = event.target.closest("[data-key]"), item = g && model.byKey(g.dataset.key), x0 = event.clientX;
    var before = drawing.view.from, own = item && model.shape(item), grip = event.target.classList.contains("grip"), gone = false;
    if (event.button !== 0) { return; }
    if (g) { g.focus(); event.preventDefault(); }
    function move(now) {
      var by = (now.clientX - x0) / drawing.scale();
      if (!gone && Math.abs(now.clientX - x0) < 4) { return; }
      gone = true;
      if (!item) { drawing.pan(before - by - drawing.view.from);
      } else if (grip) { growTo(item, Math.max(0, own.length === Infinity ? rounded(drawing.timeAt(now.clientX) - own.start) : rounded(own.length + by)), snap());
      } else { moveTo(item, rounded(own.start + by)); }
      model.relabel();
      drawing.draw();
    }
    function up() {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", up);
      document.removeEventListener("pointercancel", up);
      if (item && !gone) { open(item, false); } else if (item && grip) { grown(item); } else if (item) { moved(item); } else if (gone) { preview(); }
      lastChange.key = "";
    }
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", up);
    document.addEventListener("pointercancel", up);
  });
  form.querySelectorAll("[data-add]").forEach(function (button) {
    button.addEventListener("click", function (event) { event.preventDefault(); add(button.dataset.add, next()); });
    button.addEventListener("pointerdown", function (event) {
      if (event.pointerType === "touch" || event.button !== 0) { return; }
      function over(now) { var box = svg.getBoundingClientRect(); return now.clientX > box.left && now.clientX < box.right && now.clientY > box.top && now.clientY < box.bottom; }
      function move(now) { drawing.dropAt(over(now) ? rounded(drawing.timeAt(now.clientX)) : null); }
      function up(now) {
        document.removeEventListener("pointermove", move);
        document.removeEventListener("pointerup", up);
        drawing.dropAt(null);
        if (over(now)) { add(button.dataset.add, Math.max(0, rounded(drawing.timeAt(now.clientX)))); }
      }
      document.addEventListener("pointermove", move);
      document.addEventListener("pointerup", up);
    });
  });
  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-do]"), item = button && button.closest("[data-item]");
    if (item) { event.preventDefault(); (button.dataset.do === "copy" ? duplicate : remove)(item); return; }
    button = event.target.closest("[data-chosen-do]");
    if (button && model.byKey(chosen)) { verbs[button.dataset.chosenDo](model.byKey(chosen)); return; }
    button = event.target.closest("[data-zoom]");
    if (button) { drawing.zoom(button.dataset.zoom); drawing.draw(); preview(); say("Shown: " + model.timeText(Math.round(drawing.view.from)) + " to " + model.timeText(Math.round(drawing.view.to)) + "."); }
  });
  form.querySelector("[data-undo]").addEventListener("click", function () { travel(undo, redo, "undo"); });
  form.querySelector("[data-redo]").addEventListener("click", function () { travel(redo, undo, "do again"); });
  form.addEventListener("change", function (event) {
    var item = event.target.closest("[data-item]");
    if (event.target === stepBox || event.target.name === "synapse") { return; }
    if (item) { drawing.reveal(item); }
    commit(item ? model.label(item) + ": " + model.summary(item) + "." : "Changed.");
  });
  form.addEventListener("submit", function (event) {
    if (event.submitter && event.submitter.value === "preview") { event.preventDefault(); preview(); }
  });

  var timer = 0, asked = null, place = form.querySelector("[data-preview-html]"), state = form.querySelector("[data-state]");
  function preview() { window.clearTimeout(timer); timer = window.setTimeout(ask, 350); }
  function ask() {
    var view = drawing.view, data;
    form.elements.namedItem("from").value = view.fit ? "" : view.from;
    form.elements.namedItem("to").value = view.fit ? "" : view.to;
    data = new FormData(form);
    if (asked) { asked.abort(); }
    var mine = asked = new AbortController();
    place.setAttribute("aria-busy", "true");
    fetch(form.dataset.preview, { method: "POST", body: data, signal: mine.signal }).then(function (answer) {
      if (!answer.ok) { throw new Error(answer.status); }
      return answer.json();
    }).then(show).catch(function () {
      if (!mine.signal.aborted) { state.textContent = "The preview could not be updated."; place.removeAttribute("aria-busy"); }
    });
  }
  function show(answer) {
    var open = place.querySelector("details[open]"), link = form.querySelector("[data-share]");
    place.innerHTML = answer.html;
    if (open && place.querySelector("details")) { place.querySelector("details").open = true; }
    place.removeAttribute("aria-busy");
    state.textContent = "";
    form.querySelectorAll(".field-error").forEach(function (one) { one.textContent = ""; });
    form.querySelectorAll("[aria-invalid]").forEach(function (one) { one.removeAttribute("aria-invalid"); });
    form.querySelectorAll(".item.wrong").forEach(function (one) { one.classList.remove("wrong"); });
    answer.faults.forEach(function (fault) {
      var box = fault.id && document.getElementById(fault.id), item = box && box.closest("[data-item]");
      if (box) { box.setAttribute("aria-invalid", "true"); document.getElementById(fault.id.replace(/^f-/, "e-")).textContent = fault.text; }
      if (item) { item.classList.add("wrong"); }
    });
    if (answer.faults.length) { say(answer.faults[0].text + "."); }
    link.hidden = !answer.share;
    link.href = answer.share || "";
    form.querySelector("[data-no-share]").hidden = Boolean(answer.share);
    drawing.draw();
  }

  drawing.fit();
  refresh();
  new ResizeObserver(function () { drawing.draw(); }).observe(svg.parentElement);
}());
