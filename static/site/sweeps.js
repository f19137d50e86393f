// The form of a sweep says how many simulations it asks for. Without this script the button
// "Say the total" does.
(function () {
  "use strict";
  var form = document.querySelector("[data-sweep]");
  if (!form) { return; }
  var place = form.querySelector("[data-total]"), most = Number(form.dataset.most);

  function count(i) {
    var named = form.elements["name" + i].value.trim();
    var number = Number(form.elements["count" + i].value);
    return named && number > 1 && number % 1 === 0 ? number : 0;
  }
  function say() {
    var counts = [count(1), count(2)].filter(Boolean);
    var total = counts.reduce(function (a, b) { return a * b; }, 1);
    var text = "";
    if (counts.length) {
      text = counts.join(" \u00d7 ") + (counts.length > 1 ? " = " + total : "") + " simulations";
      text += total > most ? ", more than the " + most + " that may be." : ".";
    }
    if (place.textContent !== text) { place.textContent = text; }
  }
  ["name1", "name2"].forEach(function (name) {
    form.elements[name].setAttribute("list", "parameters");
  });
  form.addEventListener("input", say);
  say();
}());
