// Stacked plots on one time axis, with the events below them, drawn by uPlot.
var TracePlots = (function () {
  "use strict";
  var LEFT = 56, HEIGHT = { weights: 150, runs: 190, tag: 70, difference: 110 }, USUAL = 96, ROW = 15, FOOT = 26;
  var DASHES = { dash: [6, 3], dashdot: [8, 3, 1.5, 3], dot: [2, 3] };
  var LEAST = { calcium: 0.2, weights: 0.01, dopamine: 0.1, proteins: 0.1 };
  var FLOOR = { calcium: 1, dopamine: 1, proteins: 1, detectors: 1, activity: 1 };

  function token(box, css, name) {
    var probe = document.createElement("i");
    probe.className = css;
    probe.hidden = true;
    box.appendChild(probe);
    var value = getComputedStyle(probe).getPropertyValue(name).trim();
    probe.remove();
    return value || "#888";
  }

  // Ends of the value axis: of what is seen, with zero, rest and a least height.
  function ends(panel) {
    return function (u, low, high) {
      if (panel === "tag") { return [-1.25, 1.25]; }
      if (low === null || high === null) { return [0, 1]; }
      if (FLOOR[panel] && low >= 0) { low = 0; }
      var span = Math.max(high - low, LEAST[panel] || 0, 1e-6 * Math.abs(high), 1e-12);
      if (FLOOR[panel] && low === 0) { return [0, 1.06 * span]; }
      var middle = (high + low) / 2;
      return [middle - 0.55 * span, middle + 0.55 * span];
    };
  }

  function Stack(box, config, act) {
    this.box = box; this.config = config; this.act = act; this.plots = []; this.key = "";
    this.view = { from: config.from, to: config.to };
  }

  Stack.prototype.width = function () { return Math.max(200, Math.floor(this.box.clientWidth)); };

  // Draws a window. Plots are made anew only if other panels are to be seen.
  Stack.prototype.draw = function (data) {
    var self = this, x = TraceData.times(data);
    this.data = data;
    this.view = { from: data.from, to: data.to };
    var shown = this.config.variables.filter(function (v) { return data.names.indexOf(v.name) >= 0; });
    var key = data.names.join() + "|" + data.events.map(function (e) { return e.kind; }).join();
    if (key !== this.key) { this.build(shown, data); this.key = key; }
    this.plots.forEach(function (plot) {
      plot.setData([x].concat(plot.traceNames.map(function (name) { return TraceData.points(data, name); })));
    });
    if (this.raster) { this.raster.setData([[data.from, data.to], [0, 0]]); }
    this.label.textContent = this.axis().title;
    this.box.setAttribute("data-drawn", String(Math.round(performance.now())));
    if (self.moment !== undefined) { self.point(self.moment); }
  };

  // Shows another window at once, with what is there; the rest is on its way.
  Stack.prototype.preview = function (from, to) {
    this.view = { from: from, to: to };
    this.all().forEach(function (plot) { plot.setScale("x", { min: from, max: to }); });
  };

  Stack.prototype.all = function () { return this.raster ? this.plots.concat(this.raster) : this.plots; };
  Stack.prototype.axis = function () {
    return TraceData.axis(this.view.from, this.view.to, this.width() > 600 ? 10 : 4);
  };

  Stack.prototype.clear = function () {
    this.all().forEach(function (plot) { plot.destroy(); });
    this.plots = []; this.raster = null; this.key = "";
    this.box.replaceChildren();
  };

  Stack.prototype.build = function (shown, data) {
    var self = this, box = this.box;
    this.clear();
    this.colours = { ink: token(box, "", "--muted"), rule: token(box, "", "--rule"), strong: token(box, "", "--rule-strong") };
    var stack = Object.keys(this.config.panels).map(function (panel) {
      return [panel, shown.filter(function (v) { return v.panel === panel; })];
    }).filter(function (pair) { return pair[1].length; });
    stack.forEach(function (pair, i) {
      self.plots.push(self.plot(pair[0], pair[1], i === stack.length - 1 && !data.events.length));
    });
    this.raster = data.events.length ? this.events(data.events) : null;
    this.label = document.createElement("p");
    this.label.className = "trace-axis";
    box.appendChild(this.label);
  };

  // The heading of a panel with the lines' names; each name carries the line itself.
  Stack.prototype.heading = function (text, lines) {
    var head = document.createElement("p");
    head.className = "trace-title";
    head.append(text);
    lines.forEach(function (line) {
      var mark = document.createElement("span");
      mark.className = "trace-name " + line.css + " " + (line.dash ? "tl-" + line.dash : "");
      mark.textContent = line.label;
      head.append(mark);
    });
    this.box.appendChild(head);
  };

  Stack.prototype.options = function (height, series, scale, bottom) {
    var self = this, font = "11.5px " + getComputedStyle(document.body).fontFamily;
    var axis = { stroke: this.colours.ink, font: font, ticks: { show: false } };
    return {
      width: this.width(), height: height + (bottom ? FOOT : 0), legend: { show: false }, padding: [6, 12, 4, 0], series: series,
      scales: { x: { time: false, range: function () { return [self.view.from, self.view.to]; } }, y: { range: scale } },
      axes: [
        Object.assign({}, axis, { size: bottom ? FOOT : 4, grid: { stroke: this.colours.rule, width: 1 },
          splits: function () { return self.axis().marks; },
          values: function (u, marks) { return bottom ? marks.map(self.axis().text) : marks.map(function () { return ""; }); } }),
        Object.assign({}, axis, { size: LEFT, space: 28, grid: { stroke: this.colours.rule, width: 1 },
          values: function (u, marks) { return marks.map(function (m) { return TraceData.number(m, 6); }); } })
      ],
      cursor: {
        y: false, points: { size: 7 }, sync: { key: "traces" + (this.config.id || "") },
        drag: { x: true, y: false, setScale: false },
        bind: { mousedown: function (u, target, handle) {
          return function (e) { self.active = u; if (e.shiftKey) { self.pan(e); } else { handle(e); } return null; };
        }, dblclick: function () { return function () { self.act.whole(); return null; }; } }
      },
      hooks: { setSelect: [function (u) { self.selected(u); }], setCursor: [function (u) { self.hovered(u); }] }
    };
  };

  Stack.prototype.plot = function (panel, lines, bottom) {
    var self = this;
    this.heading(this.config.panels[panel], lines.length > 1 || this.config.named ? lines : []);
    var series = [{}].concat(lines.map(function (line) {
      var colour = token(self.box, line.css, "--c");
      return { stroke: colour, width: line.dash === "thick" ? 2.5 : 1.75, dash: DASHES[line.dash],
        paths: line.steps ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
        points: { show: function (u, s, a, b) { return Boolean(self.data) && self.data.exact && b - a < 60; }, size: 5, fill: colour } };
    }));
    var plot = new uPlot(this.options(HEIGHT[panel] || USUAL, series, ends(panel), bottom),
      [[]].concat(lines.map(function () { return []; })), this.box);
    plot.traceNames = lines.map(function (line) { return line.name; });
    return plot;
  };

  Stack.prototype.events = function (rows) {
    var self = this, height = ROW * rows.length + 10;
    this.heading("events, from top to bottom: " + rows.map(function (row) { return row.title; }).join(", "), []);
    var options = this.options(height, [{}, { show: true, stroke: "transparent", points: { show: false } }], [0, rows.length], true);
    options.axes[1].splits = function () { return []; };
    options.axes[1].grid = { show: false };
    options.hooks.draw = [function (u) { self.ticks(u); }];
    return new uPlot(options, [[self.view.from, self.view.to], [0, 0]], this.box);
  };

  Stack.prototype.ticks = function (u) {
    var c = u.ctx, box = u.bbox, dpr = box.height / Math.max(1, u.over.clientHeight), rows = this.data.events;
    c.save();
    c.fillStyle = c.strokeStyle = this.colours.strong;
    c.lineWidth = dpr;
    c.font = 11 * dpr + "px " + getComputedStyle(document.body).fontFamily;
    c.textBaseline = "middle";
    rows.forEach(function (row, i) {
      var y = box.top + (i + 0.5) * box.height / rows.length, half = 0.36 * box.height / rows.length;
      c.textAlign = "left";
      row.times.forEach(function (t) {
        var x = Math.round(u.valToPos(t, "x", true)) + 0.5;
        if (x < box.left || x > box.left + box.width) { return; }
        c.beginPath(); c.moveTo(x, y - half); c.lineTo(x, y + half); c.stroke();
      });
    });
    c.restore();
  };

  Stack.prototype.selected = function (u) {
    var s = u.select;
    if (s.width < 4 || u !== this.active) { return; }
    this.active = null;
    var from = u.posToVal(s.left, "x"), to = u.posToVal(s.left + s.width, "x");
    this.all().forEach(function (plot) { plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false); });
    this.act.show(from, to);
  };

  Stack.prototype.hovered = function (u) {
    if (u !== this.plots[0] || !this.data || u.cursor.left < 0 || u.cursor.idx === null || u.cursor.idx === undefined) { return; }
    this.slice = this.data.exact ? u.cursor.idx : Math.floor(u.cursor.idx / 4);
    this.act.read(this.slice);
  };

  // Drags the window along while the button is down.
  Stack.prototype.pan = function (event) {
    var self = this, x = event.clientX, view = Object.assign({}, this.view), act = this.act;
    var scale = (view.to - view.from) / Math.max(1, this.plots[0].over.clientWidth);
    function move(e) { act.show(view.from - (e.clientX - x) * scale, view.to - (e.clientX - x) * scale); }
    function up() { document.removeEventListener("mousemove", move); document.removeEventListener("mouseup", up); self.act.settle(); }
    document.addEventListener("mousemove", move);
    document.addEventListener("mouseup", up);
  };

  // Puts the cursor on a time, in all plots.
  Stack.prototype.point = function (time) {
    this.moment = time;
    this.all().forEach(function (plot) {
      plot.setCursor({ left: plot.valToPos(time, "x"), top: 0 }, false);
    });
  };

  Stack.prototype.resize = function () {
    var width = this.width();
    this.all().forEach(function (plot) { plot.setSize({ width: width, height: plot.height }); });
  };

  return { Stack: Stack };
}());
