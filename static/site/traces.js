// A figure that can be zoomed, panned and read by mouse and keyboard. Without this script
// the server's drawing stays, and the form below it asks for another window.
(function () {
  "use strict";
  var SHORTEST = 0.001, WAIT = 60, SAY = 500, MOST_ROWS = 60, SPOKEN = 4;
  var number = TraceData.number, duration = TraceData.duration;

  // Times in an address are short, and the same number on either side.
  function round(time) { return Number(time.toPrecision(12)); }

  function between(low, high) {
    var a = number(low), b = number(high);
    return a === b ? a : a + " to " + b;
  }

  function Figure(root) {
    var self = this;
    this.root = root;
    this.config = JSON.parse(root.getAttribute("data-traces"));
    this.find = function (part) { return root.querySelector("[data-part=" + part + "]"); };
    this.form = this.find("form");
    this.vars = this.config.vars.slice();
    this.view = { from: this.config.from, to: this.config.to };
    this.stack = new TracePlots.Stack(this.find("plots"), this.config, {
      show: function (from, to) { self.show(from, to); },
      whole: function () { self.show(0, self.config.length); },
      read: function (slice) { self.read(slice); },
      settle: function () { self.address(); }
    });
    root.closest("section").querySelectorAll("[data-static], [data-windows]").forEach(function (part) { part.hidden = true; });
    this.find("live").hidden = false;
    this.listen();
    this.load();
  }

  Figure.prototype.listen = function () {
    var self = this, plots = this.find("plots");
    this.root.querySelectorAll("[data-do]").forEach(function (button) {
      button.addEventListener("click", function () { self.act(button.getAttribute("data-do")); });
    });
    plots.addEventListener("keydown", function (e) { self.key(e); });
    plots.addEventListener("mousedown", function () { plots.focus({ preventScroll: true }); });
    plots.addEventListener("wheel", function (e) {
      if (!e.ctrlKey && document.activeElement !== plots) { return; }
      e.preventDefault();
      self.zoom(e.deltaY < 0 ? 0.8 : 1.25, self.timeAt(e.clientX));
    }, { passive: false });
    this.find("table").addEventListener("toggle", function () { self.table(); });
    this.form.addEventListener("submit", function (e) { e.preventDefault(); self.ask(); });
    this.form.addEventListener("change", function (e) {
      if (e.target.type === "checkbox") { self.choose(); }
      if (e.target.name === "synapse") { self.config.synapse = e.target.value; self.later(); }
    });
    window.addEventListener("resize", function () { self.stack.resize(); self.later(); });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { self.repaint(); });
    new MutationObserver(function () { self.repaint(); }).observe(document.documentElement, { attributeFilter: ["class"] });
  };

  Figure.prototype.repaint = function () {
    if (this.data) { this.stack.key = ""; this.stack.draw(this.data); }
  };

  Figure.prototype.timeAt = function (clientX) {
    var over = this.stack.plots[0].over.getBoundingClientRect();
    var share = Math.min(1, Math.max(0, (clientX - over.left) / over.width));
    return this.view.from + share * (this.view.to - this.view.from);
  };

  // Shows a window within the run; what is there is stretched until the samples have come.
  Figure.prototype.show = function (from, to) {
    var length = Math.min(this.config.length, Math.max(SHORTEST, to - from));
    from = Math.min(this.config.length - length, Math.max(0, from));
    var view = { from: round(from), to: Math.min(this.config.length, round(from + length)) };
    if (view.from === this.view.from && view.to === this.view.to) { return; }
    this.view = view;
    this.stack.preview(view.from, view.to);
    this.later();
  };

  Figure.prototype.zoom = function (factor, around) {
    var v = this.view, at = around === undefined ? (v.from + v.to) / 2 : around;
    this.show(at - (at - v.from) * factor, at + (v.to - at) * factor);
  };

  Figure.prototype.act = function (what) {
    var v = this.view, length = v.to - v.from;
    if (what === "in" || what === "out") { this.zoom(what === "in" ? 0.4 : 2.5, this.centre()); }
    if (what === "earlier") { this.show(v.from - length / 2, v.to - length / 2); }
    if (what === "later") { this.show(v.from + length / 2, v.to + length / 2); }
    if (what === "whole") { this.show(0, this.config.length); }
    if (what === "peak") { this.peak(); }
  };

  // The cursor, if it is in the window, else the middle.
  Figure.prototype.centre = function () {
    var t = this.stack.moment, v = this.view;
    return t !== undefined && t >= v.from && t <= v.to ? t : undefined;
  };

  // Goes to the highest point of the first variable and makes the window 20 times shorter.
  Figure.prototype.peak = function () {
    var s = this.data && this.data.summary[this.data.names[0]];
    if (!s) { return; }
    var half = Math.max((this.view.to - this.view.from) / 40, 50);
    this.stack.moment = s.largest[0];
    this.show(s.largest[0] - half, s.largest[0] + half);
  };

  Figure.prototype.key = function (e) {
    var keys = { "+": "in", "=": "in", "-": "out", PageUp: "earlier", PageDown: "later", Escape: "whole" };
    var moves = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (e.ctrlKey || e.altKey || e.metaKey) { return; }
    if (keys[e.key]) { this.act(keys[e.key]); } else if (e.key in moves) {
      this.move(moves[e.key] * (e.shiftKey ? 10 : 1));
    } else { return; }
    e.preventDefault();
  };

  Figure.prototype.move = function (step) {
    var d = this.data;
    if (!d || !d.slices) { return; }
    var first = 0, last = d.slices - 1;
    while (first < last && d.first[first] < d.from) { first += 1; }
    while (last > first && d.last[last] > d.to) { last -= 1; }
    var now = this.stack.slice === undefined ? first - Math.sign(step) : this.stack.slice;
    this.stack.slice = Math.min(last, Math.max(first, now + step));
    this.stack.point((d.first[this.stack.slice] + d.last[this.stack.slice]) / 2);
    this.read(this.stack.slice);
    this.say(this.find("read").textContent.replace(/\s+/g, " "), 150);
  };

  // Writes the values at the cursor.
  Figure.prototype.read = function (slice) {
    var d = this.data, place = this.find("read"), self = this, when = document.createElement("b");
    if (!d || slice >= d.slices) { return; }
    this.stack.moment = (d.first[slice] + d.last[slice]) / 2;
    when.textContent = this.moment(d.first[slice]) + (d.last[slice] > d.first[slice] ? " to " + this.moment(d.last[slice]) : "") + ". ";
    place.replaceChildren(when);
    d.names.forEach(function (name) {
      var v = self.variable(name), r = TraceData.range(d, name, slice), span = document.createElement("span");
      span.textContent = v.label + " " + between(r[0], r[1]) + (v.unit ? " " + v.unit : "") + "; ";
      place.append(span);
    });
  };

  Figure.prototype.variable = function (name) {
    return this.config.variables.filter(function (v) { return v.name === name; })[0];
  };
  Figure.prototype.moment = function (t) {
    return duration(t, Math.min(1000, (this.view.to - this.view.from) / 1000));
  };

  Figure.prototype.later = function () {
    var self = this;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(function () { self.load(); }, WAIT);
  };

  Figure.prototype.query = function (all) {
    var q = new URLSearchParams();
    if (all || this.view.from > 0 || this.view.to < this.config.length) {
      q.set("from", String(this.view.from));
      q.set("to", String(this.view.to));
    }
    if (this.config.choose) { q.set("vars", this.vars.join(",")); q.set("synapse", this.config.synapse); }
    return q;
  };

  Figure.prototype.load = function () {
    var self = this, url = this.config.window, q = this.query(true), started = performance.now();
    q.set("width", String(Math.min(2000, this.stack.width())));
    if (this.pending) { this.pending.abort(); }
    this.pending = new AbortController();
    this.root.setAttribute("aria-busy", "true");
    fetch(url + (url.indexOf("?") < 0 ? "?" : "&") + q, { credentials: "same-origin", signal: this.pending.signal })
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.arrayBuffer();
      }).then(function (buffer) {
        self.took = { bytes: buffer.byteLength, fetched: performance.now() - started };
        self.use(TraceData.unpack(buffer));
        self.took.drawn = performance.now() - started;
        self.root.setAttribute("data-took", JSON.stringify(self.took));
      }).catch(function (problem) {
        if (problem.name === "AbortError") { return; }
        self.root.removeAttribute("aria-busy");
        self.find("note").textContent = "The window could not be loaded. Check the connection and try again.";
      });
  };

  Figure.prototype.use = function (data) {
    this.data = data;
    this.stack.slice = undefined;
    this.stack.draw(data);
    this.root.removeAttribute("aria-busy");
    this.address();
    var thinned = "The runs have so many samples here that they are thinned before they are put on one time axis; zoom in for all of them.";
    this.find("note").textContent = data.thinned ? thinned : data.exact ?
      "Drawn from all " + number(data.samples, 12) + " computed samples of the window." :
      "Each of " + number(data.slices, 12) + " slices of time shows the first, smallest, largest and last of " + number(data.samples, 12) + " computed samples.";
    this.summary();
    this.table();
  };

  // What each variable did in the window: in a table, and spoken when it has come to rest.
  Figure.prototype.summary = function () {
    var self = this, d = this.data, body = this.find("summary"), spoken = [];
    body.replaceChildren();
    d.names.forEach(function (name) {
      var v = self.variable(name), s = d.summary[name], row = body.insertRow(), unit = v.unit ? " " + v.unit : "";
      var head = document.createElement("th");
      head.scope = "row";
      head.textContent = v.label + (v.unit ? " (" + v.unit + ")" : "");
      row.append(head);
      var cells = s ? [number(s.start), number(s.end), number(s.least[1]) + " at " + self.moment(s.least[0]), number(s.largest[1]) + " at " + self.moment(s.largest[0])] : ["none", "none", "none", "none"];
      cells.forEach(function (text) { var cell = row.insertCell(); cell.className = "num"; cell.textContent = text; });
      if (s && spoken.length < SPOKEN) {
        spoken.push(v.label + ": start " + number(s.start) + unit + ", end " + number(s.end) + unit + ", peak " + number(s.largest[1]) + unit + " at " + self.moment(s.largest[0]));
      }
    });
    var more = d.names.length - spoken.length;
    var events = d.events.filter(function (e) { return e.count; }).map(function (e) { return number(e.count, 12) + " " + e.title; });
    d.changes.forEach(function (c) { events.push(c[1] + " at " + self.moment(c[0])); });
    this.find("events").textContent = events.length ? "Events in this window: " + events.join(", ") + "." : "No events in this window.";
    this.find("span").textContent = this.moment(d.from) + " to " + this.moment(d.to);
    this.say("Window " + this.moment(d.from) + " to " + this.moment(d.to) + ", " + number(d.samples, 12) + " samples. " + spoken.join(". ") + (more > 0 ? ". " + more + " more in the table." : "."), SAY);
  };

  Figure.prototype.say = function (text, wait) {
    var place = this.find("say");
    window.clearTimeout(this.saying);
    this.saying = window.setTimeout(function () { place.textContent = text; }, wait);
  };

  // The window as a table: every sample, or the range in each of some slices.
  Figure.prototype.table = function () {
    var details = this.find("table"), d = this.data, self = this;
    if (!details.open || !d) { return; }
    var head = details.querySelector("thead tr"), body = details.querySelector("tbody"), stride = Math.ceil(d.slices / MOST_ROWS);
    head.replaceChildren();
    ["Time (ms)"].concat(d.names.map(function (name) { var v = self.variable(name); return v.label + (v.unit ? " (" + v.unit + ")" : ""); })).forEach(function (text) {
      var cell = document.createElement("th");
      cell.scope = "col"; cell.className = "num"; cell.textContent = text;
      head.append(cell);
    });
    body.replaceChildren();
    for (var i = 0; i < d.slices; i += stride) {
      var end = Math.min(d.slices, i + stride), row = body.insertRow(), first = document.createElement("th");
      first.scope = "row"; first.className = "num";
      first.textContent = number(Number(d.first[i].toFixed(4)), 12) + (d.last[end - 1] > d.first[i] ? " to " + number(Number(d.last[end - 1].toFixed(4)), 12) : "");
      row.append(first);
      d.names.forEach(function (name) {
        var low = Infinity, high = -Infinity, cell = row.insertCell();
        for (var k = i; k < end; k += 1) { var r = TraceData.range(d, name, k); low = Math.min(low, r[0]); high = Math.max(high, r[1]); }
        cell.className = "num";
        cell.textContent = between(low, high);
      });
    }
  };

  // The address holds the window, so that it opens for another reader; so do the downloads.
  Figure.prototype.address = function () {
    var url = new URL(window.location.href), q = this.query(false);
    ["from", "to", "vars", "synapse", "window"].forEach(function (name) { if (name !== "vars" && name !== "synapse" || q.has(name)) { url.searchParams.delete(name); } });
    q.forEach(function (value, name) { url.searchParams.set(name, value); });
    url.search = url.search.replace(/%2C/g, ",");
    window.history.replaceState(null, "", url);
    this.form.elements.from.value = this.view.from;
    this.form.elements.to.value = this.view.to;
    this.root.querySelectorAll("[data-file]").forEach(function (link) {
      var file = new URL(link.getAttribute("data-file"), window.location.href);
      q.forEach(function (value, name) { file.searchParams.set(name, value); });
      link.href = file.pathname + file.search;
    });
  };

  Figure.prototype.ask = function () {
    var from = Number(this.form.elements.from.value), to = Number(this.form.elements.to.value), note = this.find("note");
    if (!(to > from)) { note.textContent = "The window must end after it begins; got " + number(from, 12) + " to " + number(to, 12) + " ms."; this.say(note.textContent, 0); return; }
    this.choose();
    this.show(from, to);
  };

  Figure.prototype.choose = function () {
    if (!this.config.choose) { return; }
    var chosen = Array.from(this.form.querySelectorAll("[name=vars]:checked")).map(function (b) { return b.value; });
    if (!chosen.length) { this.find("note").textContent = "Choose at least one variable."; return; }
    this.vars = chosen;
    this.later();
  };

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("[data-traces]").forEach(function (root) { root.traceFigure = new Figure(root); });
  });
}());
