// Items of the protocol editor as they stand in its form: the form is the only store.
window.TimelineModel = function (form) {
  "use strict";
  var UNITS = { d: 864e5, h: 36e5, min: 6e4, s: 1e3, ms: 1 };
  var list = form.querySelector("[data-items]");
  var blanks = document.querySelector("[data-blanks]");
  var most = Number(form.dataset.most);

  function short(x) { return String(Number((Math.round(x * 1000) / 1000).toPrecision(12))); }

  // As read_time and time_text of the server: nothing is lost on the way.
  function readTime(text) {
    var clean = text.replace("\u2212", "-").replace("\u202f", "").trim().toLowerCase();
    var hertz = /^(\d+\.?\d*|\.\d+)\s*hz$/.exec(clean);
    if (hertz && Number(hertz[1]) > 0) { return 1000 / Number(hertz[1]); }
    var found = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)$/.exec(clean);
    if (!found || !UNITS[found[2] || "ms"]) { return NaN; }
    return Number(found[1]) * UNITS[found[2] || "ms"];
  }
  function timeText(ms) {
    var text, unit;
    for (unit in UNITS) {
      text = short(ms / UNITS[unit]) + " " + unit;
      if ((Math.abs(ms) >= UNITS[unit] || unit === "ms") && readTime(text) === ms) { return text; }
    }
    text = short(1000 / ms) + " Hz";
    return ms >= 0.1 && readTime(text) === ms ? text : ms + " ms";
  }

  function items() { return Array.from(list.children); }
  function byKey(key) { return list.querySelector('[data-item="' + key + '"]'); }
  function blank(kind) { return blanks.querySelector('[data-blank="' + kind + '"]'); }
  function input(item, name) {
    return form.elements.namedItem(item.dataset.item + "-" + name);
  }
  function text(item, name) { var box = input(item, name); return box ? box.value.trim() : ""; }
  function time(item, name, other) {
    var ms = readTime(text(item, name));
    return isFinite(ms) ? ms : other;
  }
  function number(item, name, other) {
    var value = Number(text(item, name));
    return text(item, name) && isFinite(value) ? value : other;
  }

  function lengthOf(item) {
    var kind = item.dataset.kind, last;
    if (blank(kind).dataset.grows === "length") { return time(item, "length", Infinity); }
    last = Math.max(0, number(item, "count", 1) - 1) * time(item, "interval", 0);
    if (kind === "theta") {
      return last + (number(item, "pulses", 1) - 1) * time(item, "pulse_interval", 0);
    }
    if (kind !== "pairing") { return last; }
    var lag = time(item, "lag", 0), post = (number(item, "spikes", 1) - 1) * time(item, "spike_interval", 0);
    return last + (lag >= 0 ? lag + post : Math.max(-lag, post));
  }
  function shape(item) {
    var start = time(item, "start", 0), length = lengthOf(item);
    var repeat = Math.max(1, Math.round(number(item, "repeat", 1)));
    var period = time(item, "period", 0), shown = isFinite(length) ? length : 0;
    return { start: start, length: length, repeat: repeat, period: period,
             end: start + (repeat - 1) * period + shown };
  }
  function end() {
    return items().reduce(function (latest, item) { return Math.max(latest, shape(item).end); }, 0);
  }

  function title(item) { return blank(item.dataset.kind).dataset.title; }
  // The name of what is there, where an item has one: a drug, or a quantity of the bath.
  function what(item) {
    var box = input(item, "name"), chosen = box && box.selectedOptions[0];
    return chosen ? chosen.textContent.split(", m")[0].split(", µ")[0] : title(item);
  }
  function label(item) {
    var to = item.dataset.kind === "bath" ? " " + text(item, "value") : "";
    return (items().indexOf(item) + 1) + ". " + what(item) + to;
  }
  function summary(item) {
    var words = [(what(item) === title(item) ? "" : what(item) + " ") + "at " + (text(item, "start") || "?")];
    if (blank(item.dataset.kind).dataset.grows === "count") {
      words.push((text(item, "count") || "?") + " every " + (text(item, "interval") || "?"));
    } else if (text(item, "length")) { words.push("for " + text(item, "length")); }
    if (text(item, "repeat") !== "1") {
      words.push(text(item, "repeat") + " times, every " + (text(item, "period") || "?"));
    }
    return words.join(", ");
  }
  function relabel() {
    items().forEach(function (item, place) {
      item.querySelectorAll("[data-number]").forEach(function (one) { one.textContent = place + 1; });
      item.querySelector("[data-summary]").textContent = summary(item);
    });
    form.querySelector("[data-count]").textContent = items().length;
    form.querySelector("[data-empty]").hidden = items().length > 0;
  }

  function freeKey() {
    var number = 0;
    while (byKey("s" + number)) { number += 1; }
    return "s" + number;
  }
  function build(kind, key, values) {
    var holder = document.createElement("ol"), item;
    holder.innerHTML = blank(kind).innerHTML.replace(/\bKEY\b/g, key);
    item = holder.querySelector("li");
    list.appendChild(item);
    Object.keys(values || {}).forEach(function (name) { input(item, name).value = values[name]; });
    return item;
  }
  function values(item) {
    var found = {}, prefix = item.dataset.item + "-";
    item.querySelectorAll("[name^='" + prefix + "']").forEach(function (box) {
      found[box.name.slice(prefix.length)] = box.value;
    });
    return found;
  }
  function add(kind, start) {
    return items().length < most ? build(kind, freeKey(), { start: timeText(start) }) : null;
  }
  function copy(item) {
    if (items().length >= most) { return null; }
    var made = build(item.dataset.kind, freeKey(), values(item)), own = shape(item);
    setTime(made, "start", own.end + Math.max(1000, own.length < Infinity ? own.length : 0));
    return made;
  }
  function setTime(item, name, ms) { input(item, name).value = timeText(ms); }

  // The bath value to which a change goes back: the protocol's own, or the usual one.
  function back(item) {
    var name = text(item, "name"), own = form.elements.namedItem("bath-" + name);
    return (own && own.value) || blanks.querySelector('[data-rest="' + name + '"]').textContent;
  }

  function wholes() { return form.querySelectorAll("[name^='bath-'], [name='duration']"); }
  function snapshot() {
    var whole = {};
    wholes().forEach(function (box) { whole[box.name] = box.value; });
    return JSON.stringify({ whole: whole, items: items().map(function (item) {
      return { key: item.dataset.item, kind: item.dataset.kind, values: values(item),
               open: item.querySelector("details").open };
    }) });
  }
  function restore(state) {
    var data = JSON.parse(state);
    wholes().forEach(function (box) { box.value = data.whole[box.name]; });
    list.textContent = "";
    data.items.forEach(function (one) {
      build(one.kind, one.key, one.values).querySelector("details").open = one.open;
    });
  }

  return { readTime: readTime, timeText: timeText, items: items, byKey: byKey, blank: blank,
           input: input, text: text, number: number, time: time, shape: shape, end: end,
           title: title, label: label, summary: summary, relabel: relabel, add: add, copy: copy,
           setTime: setTime, back: back, snapshot: snapshot, restore: restore };
};
