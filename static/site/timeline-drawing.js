// Lanes, items and time axis of the protocol editor, drawn as SVG.
window.TimelineDrawing = function (svg, model, lanes) {
  "use strict";
  var SPACE = "http://www.w3.org/2000/svg";
  var ROW = 30, HEAD = 18, LEAST = 26, GRIP = 8, PAD = 6, MOST_DRAWN = 60;
  var blocks = new Map(), view = { from: 0, to: 10000, fit: true };
  var back = make("g"), front = make("g"), width = 600;
  svg.append(back, front);

  function make(name, attributes) {
    var one = document.createElementNS(SPACE, name);
    Object.keys(attributes || {}).forEach(function (key) { one.setAttribute(key, attributes[key]); });
    return one;
  }
  function scale() { return (width - 2 * PAD) / (view.to - view.from); }
  function x(ms) { return PAD + (ms - view.from) * scale(); }
  function timeAt(clientX) {
    return view.from + (clientX - svg.getBoundingClientRect().left - PAD) / scale();
  }
  function fit() {
    view.from = 0;
    view.to = Math.max(1000, model.end() * 1.08);
    view.fit = true;
  }
  function nice(raw) {
    var power = Math.pow(10, Math.floor(Math.log10(raw)));
    return [1, 2, 5, 10].find(function (one) { return one * power >= raw * 0.999; }) * power;
  }
  function unitOf(span) {
    return [[864e5, "d", 4], [36e5, "h", 2], [6e4, "min", 2], [1e3, "s", 1]].find(function (one) {
      return span >= one[2] * one[0];
    }) || [1, "ms", 0];
  }

  // Rows of a lane: an item goes to the first row in which it touches no other.
  function arrange(items) {
    var ends = {}, placed = [];
    items.forEach(function (item) {
      var own = model.shape(item), lane = model.blank(item.dataset.kind).dataset.lane;
      var open = own.length === Infinity, left = x(own.start);
      var right = open ? width : Math.max(x(own.start + own.length), left + LEAST);
      var last = own.repeat > 1 ? Math.max(right, x(own.end)) : right, row = 0;
      ends[lane] = ends[lane] || [];
      while (ends[lane][row] !== undefined && ends[lane][row].some(function (span) {
        return left < span[1] + 3 && last + 3 > span[0];
      })) { row += 1; }
      (ends[lane][row] = ends[lane][row] || []).push([left, last]);
      placed.push({ item: item, own: own, lane: lane, row: row, left: left, right: right, last: last });
    });
    return { placed: placed, rows: ends };
  }

  function draw() {
    width = Math.max(280, svg.clientWidth);
    var items = model.items(), plan = arrange(items), top = 0, tops = {};
    back.textContent = "";
    Object.keys(lanes).forEach(function (lane) {
      var height = HEAD + ROW * Math.max(1, (plan.rows[lane] || []).length) + 4;
      back.append(make("rect", { "class": "lane-back", x: 0, y: top, width: width, height: height }));
      var name = make("text", { x: PAD, y: top + 13 });
      name.textContent = lanes[lane];
      back.append(name);
      tops[lane] = top + HEAD;
      top += height;
    });
    axis(top);
    svg.setAttribute("viewBox", "0 0 " + width + " " + (top + 36));
    svg.setAttribute("height", top + 36);
    plan.placed.forEach(function (one) { block(one, tops[one.lane] + one.row * ROW); });
    blocks.forEach(function (g, key) {
      if (!model.byKey(key)) { g.remove(); blocks.delete(key); }
    });
  }
  function axis(top) {
    var unit = unitOf(view.to - view.from), step = nice((view.to - view.from) / unit[0] / (width / 90));
    var at = Math.ceil(view.from / unit[0] / step - 1e-9) * step, label;
    back.append(make("path", { "class": "ax", d: "M0 " + top + "H" + width }));
    for (; at * unit[0] <= view.to * (1 + 1e-12); at += step) {
      var place = x(at * unit[0]);
      back.append(make("path", { "class": "gr", d: "M" + place + " 0V" + top }));
      label = make("text", { x: place, y: top + 14, "class": place < 20 ? "" : place > width - 20 ? "e" : "m" });
      label.textContent = Number(at.toPrecision(8));
      back.append(label);
    }
    label = make("text", { x: PAD, y: top + 30 });
    label.textContent = "time from the start of the protocol, " + unit[1];
    back.append(label);
  }
  function block(one, y) {
    var key = one.item.dataset.item, g = blocks.get(key), name = model.label(one.item);
    if (!g) {
      g = make("g", { tabindex: 0, role: "slider", "aria-valuemin": 0, "data-key": key });
      blocks.set(key, g);
      front.append(g);
    }
    g.setAttribute("class", "block " + one.lane +
      (one.item.classList.contains("wrong") ? " wrong" : ""));
    g.setAttribute("aria-label", name);
    g.setAttribute("aria-valuemax", svg.dataset.latest);
    g.setAttribute("aria-valuenow", one.own.start);
    g.setAttribute("aria-valuetext", model.summary(one.item));
    g.textContent = "";
    repeats(g, one, y);
    g.append(make("rect", { "class": "body", x: one.left, y: y, width: one.right - one.left, height: ROW - 5, rx: 2 }));
    g.append(make("rect", { "class": "grip", x: one.right - GRIP, y: y, width: GRIP, height: ROW - 5, rx: 2 }));
    var words = make("text", { x: Math.max(one.left, 0) + 5, y: y + 17 });
    var room = Math.min(one.right, width) - Math.max(one.left, 0) - GRIP - 6;
    words.textContent = room > 6.6 * name.length ? name : name.split(".")[0];
    g.append(words);
  }
  function repeats(g, one, y) {
    var from, size = { "class": "again", y: y + 4, height: ROW - 13 };
    if (one.own.repeat < 2) { return; }
    if (one.own.repeat > MOST_DRAWN) {
      g.append(make("rect", Object.assign(size, { x: one.left, width: Math.max(1, one.last - one.left) })));
      return;
    }
    for (var i = 1; i < one.own.repeat; i += 1) {
      from = one.left + i * one.own.period * scale();
      if (from < width) {
        g.append(make("rect", Object.assign({}, size, { x: from, width: Math.max(3, one.own.length * scale()) })));
      }
    }
  }
  function dropAt(ms) {
    var old = back.querySelector(".drop");
    if (old) { old.remove(); }
    if (ms !== null) { back.append(make("path", { "class": "drop", d: "M" + x(ms) + " 0V" + svg.clientHeight })); }
  }
  function zoom(how) {
    var span = view.to - view.from, middle = (view.from + view.to) / 2, latest = Number(svg.dataset.latest);
    if (how === "fit") { fit(); return; }
    if (how === "in") { span = Math.max(1, span / 2); }
    if (how === "out") { span = Math.min(latest, span * 2); }
    if (how === "left") { middle -= span / 4; }
    if (how === "right") { middle += span / 4; }
    view.from = Math.max(0, Math.min(middle - span / 2, latest - span));
    view.to = view.from + span;
    view.fit = false;
  }
  function pan(ms) {
    var span = view.to - view.from;
    view.from = Math.max(0, Math.min(view.from + ms, Number(svg.dataset.latest) - span));
    view.to = view.from + span;
    view.fit = false;
  }
  function reveal(item) {
    var own = model.shape(item);
    if (own.start >= view.from && own.start <= view.to && (!view.fit || own.end <= view.to)) { return; }
    if (view.fit) { fit(); } else { pan(own.start - (view.from + view.to) / 2); }
  }
  return { view: view, draw: draw, fit: fit, zoom: zoom, pan: pan, timeAt: timeAt, scale: scale,
           dropAt: dropAt, reveal: reveal, focus: function (key) { var g = blocks.get(key); if (g) { g.focus(); } } };
};
