// A window of a trace as the server packs it, and numbers in words.
var TraceData = (function () {
  "use strict";
  var UNITS = [["d", 86400000, 4], ["h", 3600000, 2], ["min", 60000, 2], ["s", 1000, 1], ["ms", 1, 0]];
  var MINUS = "\u2212", THIN = "\u202f";

  // Returns header, times and values: one row of numbers a variable, or four to a slice.
  function unpack(buffer) {
    var length = new DataView(buffer).getUint32(0, true), at = 4 + length;
    var text = new TextDecoder().decode(new Uint8Array(buffer, 4, length));
    var data = JSON.parse(text), n = data.slices, rows = data.exact ? 1 : 4;
    data.first = new Float64Array(buffer, at, n);
    at += 8 * n;
    data.last = data.first;
    if (!data.exact) { data.last = new Float64Array(buffer, at, n); at += 8 * n; }
    data.values = {};
    data.names.forEach(function (name) {
      data.values[name] = new Float32Array(buffer, at, rows * n);
      at += 4 * rows * n;
    });
    return data;
  }

  // Each slice becomes first, smallest, largest, last: every peak is on the line.
  function times(data) {
    if (data.exact) { return Array.from(data.first); }
    var x = new Array(4 * data.slices);
    for (var i = 0; i < data.slices; i += 1) {
      var a = data.first[i], b = data.last[i], m = (a + b) / 2;
      x[4 * i] = a; x[4 * i + 1] = m; x[4 * i + 2] = m; x[4 * i + 3] = b;
    }
    return x;
  }

  function points(data, name) {
    var v = data.values[name], n = data.slices;
    if (data.exact) { return Array.from(v); }
    var y = new Array(4 * n);
    for (var i = 0; i < n; i += 1) {
      for (var r = 0; r < 4; r += 1) { y[4 * i + r] = v[r * n + i]; }
    }
    return y;
  }

  // Returns smallest and largest value of the sample or slice that a point belongs to.
  function range(data, name, slice) {
    var v = data.values[name], n = data.slices;
    return data.exact ? [v[slice], v[slice]] : [v[n + slice], v[2 * n + slice]];
  }

  function number(value, digits) {
    if (!isFinite(value)) { return "none"; }
    if (value === 0) { return "0"; }
    var size = Math.abs(value), sign = value < 0 ? MINUS : "", d = digits || 4;
    if (size < 1e-9) { return "\u2248 0"; }
    if (size < 1e-3 || size >= 1e9) {
      var parts = size.toExponential(Math.max(0, d - 2)).split("e");
      return sign + parts[0] + " \u00d7 10^" + Number(parts[1]).toString().replace("-", MINUS);
    }
    var whole = size >= Math.pow(10, d) ? Math.round(size).toString() : String(Number(size.toPrecision(d)));
    var halves = whole.split(".");
    halves[0] = halves[0].replace(/\B(?=(\d{3})+$)/g, THIN);
    return sign + halves.join(".");
  }

  // Returns a time in words, to a fineness (ms): 1 h 2 min 3.25 s.
  function duration(ms, fine) {
    var words = [], rest = Math.max(0, ms);
    UNITS.slice(0, 3).forEach(function (unit) {
      var whole = Math.floor(rest / unit[1] + 1e-9);
      if (whole) { words.push(whole + " " + unit[0]); rest -= whole * unit[1]; }
    });
    var places = Math.min(6, Math.max(0, Math.ceil(-Math.log10((fine || 1) / 1000) - 1e-9)));
    var seconds = Number((Math.max(0, rest) / 1000).toFixed(places));
    if (!words.length && seconds < 1 && seconds > 0) { return number(rest, 5) + " ms"; }
    if (seconds || !words.length) { words.push(seconds + " s"); }
    return words.join(" ");
  }

  // Returns name and size of the unit that a length of time is read in, and the next larger.
  function unit(length) {
    for (var i = 0; i < UNITS.length; i += 1) {
      if (length >= UNITS[i][2] * UNITS[i][1]) {
        return { name: UNITS[i][0], size: UNITS[i][1], above: UNITS[Math.max(0, i - 1)][1] };
      }
    }
    return { name: "ms", size: 1, above: 1000 };
  }

  // Returns unit, base and round marks of a time axis; far from the start it counts anew.
  function axis(from, to, most) {
    var length = to - from, u = unit(length), base = 0;
    if (from > 2 * length) { base = Math.floor(from / u.above) * u.above; }
    var raw = length / u.size / most, power = Math.pow(10, Math.floor(Math.log10(raw)));
    var steps = u.name === "min" || u.name === "s" ? [1, 2, 5, 10, 15, 30, 60] : u.name === "h" ?
      [1, 2, 4, 6, 12, 24] : [];
    var step = raw >= 1 && steps.filter(function (s) { return s >= raw; })[0];
    step = step || [1, 2, 5, 10].filter(function (s) { return s * power >= raw * (1 - 1e-9); })[0] * power;
    var marks = [], i = Math.ceil((from - base) / u.size / step - 1e-9);
    for (; base + i * step * u.size <= to + 1e-9 * length; i += 1) { marks.push(base + i * step * u.size); }
    return {
      marks: marks, title: "time" + (base ? " after " + duration(base) : "") + " (" + u.name + ")",
      text: function (t) { return number((t - base) / u.size, 6); }
    };
  }

  return { unpack: unpack, times: times, points: points, range: range, number: number,
    duration: duration, axis: axis };
}());
