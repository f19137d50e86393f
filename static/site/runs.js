// Runs that are under way: their page and their list are kept up to date. Without this
// script, loading the page again does the same.
(function () {
  "use strict";
  var EVERY = 1000, HIDDEN = 5000, SAY = 5000, PATIENCE = 30000;

  // Asks again and again; `use` gets the answer and returns whether to go on.
  function poll(url, use) {
    var wait = EVERY;
    function later() { window.setTimeout(ask, document.hidden ? HIDDEN : wait); }
    function ask() {
      fetch(url(), { credentials: "same-origin", cache: "no-store" }).then(function (answer) {
        if (answer.status === 404) { return false; }  // deleted, or no longer to be seen
        if (!answer.ok) { throw new Error(String(answer.status)); }
        wait = EVERY;
        return use(answer);
      }).then(function (more) { if (more) { later(); } }, function () {
        wait = Math.min(2 * wait, PATIENCE);  // the site may be restarting
        later();
      });
    }
    later();
  }

  // Says a sentence to a screen reader, at most every five seconds.
  function speaker(place) {
    var last = 0;
    return function (text, now) {
      if (!place || (!now && Date.now() - last < SAY)) { return; }
      last = Date.now();
      place.textContent = text;
    };
  }

  function watchRun(box) {
    var say = speaker(box.parentNode.querySelector("[data-say]"));
    var url = box.getAttribute("data-poll");
    poll(function () { return url; }, function (answer) {
      if (answer.headers.get("X-Active") === "0") { return ended(box, say); }
      return answer.text().then(function (html) {
        if (box.innerHTML !== html) { box.innerHTML = html; }
        say(box.textContent.trim().replace(/\s+/g, " "));
        return true;
      });
    });
  }

  // The whole page is another one now; a reader who is typing is not interrupted.
  function ended(box, say) {
    var typing = document.activeElement && document.activeElement.matches("input, select, textarea");
    if (!typing) { window.location.reload(); return false; }
    var link = document.createElement("a");
    link.href = window.location.href;
    link.textContent = "It has ended: load the page again.";
    box.replaceChildren(link);
    say(link.textContent, true);
    return false;
  }

  function watchList(box) {
    var say = speaker(document.querySelector("[data-say]"));
    var url = box.getAttribute("data-runs"), known = {};
    poll(function () { return url; }, function (answer) {
      return answer.json().then(function (runs) {
        var active = false;
        Object.keys(runs).forEach(function (key) {
          var row = box.querySelector("[data-run='" + key + "']"), run = runs[key];
          active = active || run.active;
          if (!row) { return; }
          row.querySelector("[data-part=state]").innerHTML = run.state;
          row.querySelector("[data-part=simulated]").textContent = run.simulated;
          if (known[key] !== run.say && (known[key] || !run.active)) { say(run.say, true); }
          known[key] = run.say;
        });
        return active;
      });
    });
  }

  document.querySelectorAll("[data-poll]").forEach(watchRun);
  document.querySelectorAll("[data-runs]").forEach(watchList);
}());
