// What lives in a page. Everything else works without: forms are forms and links are links.
(function () {
  "use strict";
  var body = document.body;

  // The session: warn before it ends, and say so when it has.
  var warning = Number(body.dataset.sessionWarning || 0);
  var warn = document.getElementById("fine-sessione");
  var ended = document.getElementById("sessione-finita");
  var timers = [];
  function session(seconds) {
    timers.forEach(clearTimeout);
    if (!warn || !(seconds > 0)) { return; }
    warn.hidden = true;
    timers = [
      setTimeout(function () { warn.hidden = false; }, Math.max(0, seconds - warning) * 1000),
      setTimeout(function () { warn.hidden = true; ended.hidden = false; }, seconds * 1000)
    ];
  }
  session(Number(body.dataset.sessionSeconds || 0));
  if (warn) {
    warn.querySelector("form").addEventListener("submit", function (event) {
      event.preventDefault();
      fetch(this.action, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(new FormData(this)) })
        .then(function (answer) {
          if (answer.ok) { session(Number(answer.headers.get("x-session-seconds"))); } else { warn.hidden = true; ended.hidden = false; }
        });
    });
  }
  document.addEventListener("htmx:afterRequest", function (event) {
    var answer = event.detail.xhr;
    if (!answer) { return; }
    if (answer.status === 401 && ended) { ended.hidden = false; return; }
    var left = Number(answer.getResponseHeader("x-session-seconds"));
    if (left > 0) { session(left); }
  });

  // A form is sent once, and after its autosave has come back.
  document.querySelectorAll("form[data-una-volta]").forEach(function (form) {
    var sent = false;
    form.addEventListener("submit", function (event) {
      if (sent) { event.preventDefault(); return; }
      if (form.classList.contains("htmx-request")) {
        event.preventDefault();
        var button = event.submitter;
        form.addEventListener("htmx:afterRequest", function () { form.requestSubmit(button || undefined); }, { once: true });
        return;
      }
      sent = true;
      // Whoever comes back by the history may send again.
      window.addEventListener("pageshow", function () { sent = false; }, { once: true });
    });
  });

  // What is wrong gets the focus, so that it is read first.
  var wrong = document.querySelector("[data-fuoco]");
  if (wrong) { wrong.focus(); }

  // Characters typed.
  document.querySelectorAll("textarea[data-conta]").forEach(function (area) {
    var count = document.createElement("p");
    count.className = "conta";
    count.setAttribute("aria-hidden", "true");
    var show = function () { count.textContent = Array.from(area.value.trim()).length + " / " + area.maxLength; };
    area.addEventListener("input", show);
    area.insertAdjacentElement("afterend", count);
    show();
  });

  // Print.
  document.querySelectorAll("[data-stampa]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // A form that came after the end of the session is kept by the browser, sealed, across the login in this same window.
  var KEPT = "omnia-conservato";
  var kept = document.querySelector("#conservato input[name=conservato]");
  var again = document.getElementById("accedi-e-riprendi");
  if (kept && again) {
    try {
      sessionStorage.setItem(KEPT, kept.value);
      again.removeAttribute("target");
      again.href = "/accesso/avvia?next=" + encodeURIComponent("/sessione/ripresa");
    } catch (full) { /* Too long for the browser: the page itself still has it. */ }
  }
  var waiting = document.getElementById("da-riprendere");
  if (waiting) {
    var sealed = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    if (sealed) {
      document.getElementById("niente-da-riprendere").hidden = true;
      waiting.elements.conservato.value = sealed;
      waiting.submit();
    }
  }
})();
