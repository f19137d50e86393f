// Parameters: filter, checks as you type, resets. Every page works without it.
(function () {
  "use strict";
  var NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, SNAP = 1e-12, LONGEST = 40;

  // A number as the server's sentences write it: six significant digits.
  function general(x) {
    if (!isFinite(x)) { return x > 0 ? "inf" : "-inf"; }
    if (x === 0) { return Object.is(x, -0) ? "-0" : "0"; }
    var parts = x.toExponential(5).split("e"), power = Number(parts[1]);
    if (power < -4 || power >= 6) {
      var mantissa = parts[0].indexOf(".") < 0 ? parts[0] : parts[0].replace(/\.?0+$/, "");
      return mantissa + "e" + (power < 0 ? "-" : "+") + String(Math.abs(power)).padStart(2, "0");
    }
    var plain = x.toFixed(Math.max(0, 5 - power));
    return plain.indexOf(".") < 0 ? plain : plain.replace(/\.?0+$/, "");
  }
  function plain(text) { return text.trim().replace(/\u2212/g, "-"); }
  function unitOf(box) { return box.dataset.unit ? " " + box.dataset.unit : ""; }
  function beyond(value, bound, sign) {
    return sign * (value - bound) > 0 && Math.abs(value - bound) > SNAP * Math.max(1, Math.abs(bound));
  }
  // What is wrong with the text of a box, in the words of the server; nothing if it is right.
  function fault(box) {
    var text = plain(box.value), unit = unitOf(box), name = box.name;
    if (!NUMBER.test(text)) { return name + " must be a number; got " + (text.slice(0, LONGEST) || "nothing"); }
    var value = Number(text);
    if (!isFinite(value)) { return name + " must be a finite number; got " + general(value); }
    if (box.dataset.min && beyond(value, Number(box.dataset.min), -1)) {
      return name + " must be at least " + general(Number(box.dataset.min)) + unit + "; got " + general(value) + unit;
    }
    if (box.dataset.max && beyond(value, Number(box.dataset.max), 1)) {
      return name + " must be at most " + general(Number(box.dataset.max)) + unit + "; got " + general(value) + unit;
    }
    return order(box, value);
  }
  function order(box, value) {
    var found = "";
    (box.dataset.below || "").split(" ").forEach(function (larger) {
      var other = larger && form.elements[larger], fixed = larger && form.querySelector("[data-fixed=" + larger + "]");
      var text = other ? plain(other.value) : fixed ? fixed.dataset.value : "";
      if (!NUMBER.test(text)) { return; }
      var high = Number(text);
      if (!(value < high)) {
        found = box.name + " must be less than " + larger + " (" + general(high) + unitOf(box) + "); got " + general(value) + unitOf(box);
      }
    });
    return found;
  }

  var form = document.getElementById("pf");
  var boxes = form ? Array.from(form.querySelectorAll("input[data-shown]")) : [];
  function same(text, other) {
    text = plain(text);
    return text === other || (NUMBER.test(text) && Number(text) === Number(other));
  }
  function show(box) {
    var row = box.closest("tr"), error = document.getElementById("e-" + box.name), text = fault(box);
    var edited = !same(box.value, box.dataset.shown), differs = !same(box.value, box.dataset.preset);
    if (!edited) { text = ""; }
    error.textContent = text ? text + "." : "";
    if (text) { box.setAttribute("aria-invalid", "true"); } else { box.removeAttribute("aria-invalid"); }
    row.classList.toggle("bad", Boolean(text));
    row.classList.toggle("edited", edited);
    row.classList.toggle("changed", differs);
    unusual(box, row.querySelector(".unusual"));
    var mark = row.querySelector(".chg"), word = mark && mark.querySelector("span"), button = mark && mark.querySelector("button");
    if (mark) {
      mark.hidden = !differs && !edited;
      word.textContent = edited ? "not saved" : "differs";
      if (button) { button.hidden = !differs; }
    }
  }
  function unusual(box, mark) {
    var value = Number(plain(box.value)), low = box.dataset.low, high = box.dataset.high;
    var off = box.dataset.off && value === Number(box.dataset.off);
    if (mark) { mark.hidden = off || !((low && value < Number(low)) || (high && value > Number(high))); }
  }
  function count() {
    var edited = form.querySelectorAll("tr.edited").length, bad = form.querySelectorAll("tr.bad").length;
    document.querySelectorAll("[data-save]").forEach(function (button) {
      button.textContent = edited ? "Save " + edited + " change" + (edited === 1 ? "" : "s") : "Save changes";
    });
    document.querySelectorAll("[data-fill]").forEach(function (button) {
      var part = document.getElementById(button.dataset.fill);
      if (part && part.tagName === "SECTION") { button.hidden = !resettable(part).length; }
    });
    return bad;
  }
  function resettable(part) {
    return boxes.filter(function (box) { return (!part || part.contains(box)) && !same(box.value, box.dataset.preset); });
  }
  var said = document.querySelector("[data-said]"), timer = 0;
  function say(text) {
    window.clearTimeout(timer);
    timer = window.setTimeout(function () { said.textContent = text; }, 500);
  }
  function typed(box) {
    show(box);
    boxes.forEach(function (other) {
      if (other !== box && (other.dataset.below || "").split(" ").indexOf(box.name) >= 0) { relate(other, box); }
    });
    count();
    say(document.getElementById("e-" + box.name).textContent);
  }
  // The smaller one of a pair is wrong because the other one was changed.
  function relate(smaller, larger) {
    var wasEdited = !same(larger.value, larger.dataset.shown), text = fault(smaller);
    show(smaller);
    if (wasEdited && text) {
      document.getElementById("e-" + smaller.name).textContent = text + ".";
      smaller.setAttribute("aria-invalid", "true");
      smaller.closest("tr").classList.add("bad");
    }
  }
  boxes.forEach(function (box) { box.addEventListener("input", function () { typed(box); }); });

  function fill(button) {
    var target = document.getElementById(button.dataset.fill);
    var filled = button.dataset.fill === "all" ? resettable(null) : target.tagName === "INPUT" ? [target] : resettable(target);
    filled.forEach(function (box) { box.value = box.dataset.preset; show(box); });
    boxes.forEach(function (box) { if (box.dataset.below) { show(box); } });
    count();
    if (target && target.tagName === "INPUT") { target.focus(); }
    say(filled.length ? filled.length + (filled.length === 1 ? " value of the preset is" : " values of the preset are") + " filled in. Save to keep " + (filled.length === 1 ? "it." : "them.") : "There was nothing to reset.");
  }
  document.querySelectorAll("[data-fill]").forEach(function (button) {
    button.addEventListener("click", function (event) { event.preventDefault(); fill(button); });
  });
  if (form) {
    form.addEventListener("submit", function (event) {
      boxes.forEach(function (box) { if (!same(box.value, box.dataset.shown)) { show(box); } });
      var bad = form.querySelector("tr.bad input");
      if (!bad) { return; }
      event.preventDefault();
      bad.closest("tr").hidden = false;
      bad.closest("section").hidden = false;
      bad.focus();
      say(document.getElementById("e-" + bad.name).textContent);
    });
    count();
  }
  var summary = document.querySelector("[data-summary]");
  if (summary) { summary.focus(); }

  var filter = document.querySelector("[data-filter]"), only = document.querySelector("[data-only]");
  function sift() {
    var words = filter.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0, total = 0, differing = 0;
    document.querySelectorAll(".params").forEach(function (part) {
      var here = 0, title = part.querySelector("h2").textContent.toLowerCase();
      part.querySelectorAll("tbody tr").forEach(function (row) {
        var text = row.textContent.toLowerCase() + " " + title, differs = row.classList.contains("changed");
        var fits = words.every(function (word) { return text.indexOf(word) >= 0; }) && (!only.checked || differs);
        if (row.classList.contains("bad") || row.classList.contains("edited")) { fits = true; }
        row.hidden = !fits; here += fits; total += 1; differing += differs;
      });
      part.hidden = !here; shown += here;
    });
    document.querySelector("[data-none]").hidden = shown > 0;
    document.querySelector("[data-count]").textContent = shown + " of " + total + " shown, " + differing + (differing === 1 ? " differs" : " differ") + " from the preset";
    keep();
  }
  // The address keeps the filter, so that it can be shared and survives a reload.
  function keep() {
    var address = new URL(window.location.href);
    ["q", "only"].forEach(function (name) { address.searchParams.delete(name); });
    if (filter.value.trim()) { address.searchParams.set("q", filter.value.trim()); }
    if (only.checked) { address.searchParams.set("only", "1"); }
    window.history.replaceState(null, "", address);
    if (form) { form.setAttribute("action", address.pathname + address.search); }
  }
  if (filter) {
    document.querySelector("[data-no-script]").hidden = true;
    filter.addEventListener("input", sift);
    only.addEventListener("change", sift);
    filter.form.addEventListener("submit", function (event) { event.preventDefault(); });
  }

  var copy = document.querySelector("[data-copy]"), from = document.querySelector("[data-copy-from]");
  if (copy) {
    copy.hidden = false;
    copy.addEventListener("click", function () {
      var done = document.querySelector("[data-copied]");
      from.select();
      function manual() { done.textContent = "Selected: copy it with Ctrl-C."; }
      if (!navigator.clipboard) { manual(); return; }
      navigator.clipboard.writeText(from.value).then(function () { done.textContent = "Copied."; }, manual);
    });
  }
  window.parameterFault = fault;
}());
