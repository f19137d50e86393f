// A learner's dashboard is kept up to date: told by the stream of the API, or asked for every
// few seconds. Without this script, loading the page again does the same.
(function () {
  "use strict";
  var EVERY = 3000, LEAST = 1500, SAY = 5000, PATIENCE = 30000;
  var place = document.querySelector("[data-live]");
  if (!place || !window.fetch) { return; }
  var button = document.querySelector("[data-live-toggle]");
  var say = document.querySelector("[data-say]");
  var version = place.getAttribute("data-version"), held = false, waiting = 0, wait = EVERY;
  var stream = null, streams = true, asking = false, again = false, asked = 0;
  var summary = "", spoken = "", said = 0, speaking = 0;

  // The markup of a region as the server wrote it: what a reader opened does not count.
  function written(region) {
    var copy = region.cloneNode(true);
    copy.querySelectorAll("details[open]").forEach(function (d) { d.removeAttribute("open"); });
    copy.querySelectorAll("[name=csrfmiddlewaretoken]").forEach(function (i) { i.removeAttribute("value"); });
    return copy.outerHTML;
  }

  // Puts a new region in the place of the old one; focus, scrolling and open details stay.
  function swap(old, fresh) {
    var focus = old.contains(document.activeElement) ? document.activeElement.id : "";
    var scrolled = [];
    old.querySelectorAll("details[open][id]").forEach(function (d) {
      var same = fresh.querySelector("#" + CSS.escape(d.id));
      if (same) { same.open = true; }
    });
    old.querySelectorAll(".scroll").forEach(function (box, i) {
      scrolled.push([i, box.scrollLeft, box.scrollTop]);
    });
    old.replaceWith(fresh);
    var boxes = fresh.querySelectorAll(".scroll");
    scrolled.forEach(function (s) {
      if (boxes[s[0]]) { boxes[s[0]].scrollLeft = s[1]; boxes[s[0]].scrollTop = s[2]; }
    });
    var again = focus && document.getElementById(focus);
    if (again) { again.focus({ preventScroll: true }); }
  }

  // Somebody marks text in a region or writes into it: it is left alone for now.
  function busy(region) {
    var marked = window.getSelection();
    if (marked && !marked.isCollapsed && region.contains(marked.anchorNode)) { return true; }
    var active = document.activeElement;
    if (!active || !region.contains(active)) { return false; }
    return active.matches("input, select, textarea") || !active.id;
  }

  function names(regions) {
    return Array.prototype.map.call(regions, function (r) { return r.id; }).sort().join(" ");
  }

  function use(html, fresh) {
    var page = new DOMParser().parseFromString(html, "text/html");
    var news = page.querySelectorAll("[data-region]");
    if (names(news) !== names(document.querySelectorAll("[data-region]"))) {
      window.location.reload();
      return;
    }
    var left = false;
    news.forEach(function (region) {
      var old = document.getElementById(region.id);
      if (written(old) === written(region)) { return; }
      if (busy(old)) { left = true; return; }
      swap(old, document.importNode(region, true));
    });
    version = left ? "" : fresh;
    summary = page.querySelector("[data-summary]").textContent;
    speak();
  }

  // Says where the learner is to a screen reader, at most every five seconds; the last is said.
  function speak() {
    window.clearTimeout(speaking);
    if (!say || summary === spoken || stopped()) { return; }
    speaking = window.setTimeout(function () {
      spoken = say.textContent = summary;
      said = Date.now();
    }, Math.max(0, SAY - (Date.now() - said)));
  }

  function stopped() { return held || document.hidden; }

  function later(time) {
    window.clearTimeout(waiting);
    if (!stopped()) { waiting = window.setTimeout(ask, time); }
  }

  function ask() {
    if (stopped()) { return; }
    if (asking) { again = true; return; }
    asking = true;
    asked = Date.now();
    fetch(place.getAttribute("data-live"), {
      credentials: "same-origin", cache: "no-store", headers: { "If-None-Match": version }
    }).then(function (answer) {
      if (answer.status === 304) { return null; }
      if (answer.status === 404) { held = true; leave(); return null; }  // deleted, or to be seen no longer
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.text().then(function (html) {
        if (!stopped()) { use(html, answer.headers.get("ETag") || ""); }
      });
    }).then(function () { wait = EVERY; }, function () {
      wait = Math.min(2 * wait, PATIENCE);  // the site may be restarting
    }).then(function () {
      asking = false;
      if (again) { again = false; soon(); } else { later(stream ? 5 * wait : wait); }
    });
  }

  // The stream told of something: ask soon, but not for every event of a quick stream.
  function soon() {
    if (asking) { again = true; return; }
    later(Math.max(0, LEAST - (Date.now() - asked)));
  }

  function listen() {
    if (!streams || stream || !window.EventSource) { return; }
    stream = new EventSource(place.getAttribute("data-stream"));
    ["learner", "metrics", "commit", "alarm", "message"].forEach(function (kind) {
      stream.addEventListener(kind, soon);
    });
    stream.onerror = function () {
      if (stream && stream.readyState === EventSource.CLOSED) {  // refused: go on asking
        streams = false;
        hush();
        later(wait);
      }
    };
  }

  function hush() {
    if (stream) { stream.close(); stream = null; }
  }

  function leave() {
    window.clearTimeout(speaking);
    hush();
  }

  function follow() {
    if (stopped()) { window.clearTimeout(waiting); leave(); return; }
    speak();
    listen();
    ask();
  }

  function toggle() {
    held = !held;
    button.setAttribute("aria-pressed", String(held));
    follow();
  }

  place.querySelector("[data-live-words]").textContent = "This page follows the learner while it is open.";
  button.hidden = false;
  button.addEventListener("click", toggle);
  document.addEventListener("visibilitychange", follow);
  window.addEventListener("pagehide", leave);
  listen();
  later(stream ? 5 * EVERY : EVERY);
}());
