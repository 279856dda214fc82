// Files go up in pieces. A line that breaks loses one piece at most: the platform says how many bytes are safe, and the
// next piece begins there, now or when the same file is chosen again. Without this script the form sends the file whole.
(function () {
  "use strict";
  var PIECE = 512 * 1024;
  var PAUSES = [1, 2, 4, 8];

  document.querySelectorAll("form[data-carica]").forEach(function (form) {
    var says = form.dataset;
    var status = form.querySelector("[role=status]");
    var bar = form.querySelector("progress");
    var running = false;

    function say(text, wrong) {
      status.textContent = text;
      status.classList.toggle("salvataggio-problema", Boolean(wrong));
    }
    function show(file, stored, words) {
      var percent = Math.floor(stored / file.size * 100);
      bar.hidden = false;
      bar.value = percent;
      say(stored < file.size ? words + " " + percent + "%" : says.controlla);
    }
    function pause(seconds) { return new Promise(function (done) { setTimeout(done, seconds * 1000); }); }

    // What is refused ends the upload; what only failed is tried again.
    function Refused(message) { this.message = message; }
    async function ask(address, options) {
      var answer = await fetch(address, options);
      if (answer.status === 401) { throw new Refused(says.scaduta); }
      if (answer.ok) { return answer.json(); }
      var told = null;
      try { told = await answer.json(); } catch (other) { /* A page of ours, or of something between. */ }
      if (told && !told.again) { throw new Refused(told.message); }
      if (!told && answer.status < 500) { throw new Refused(says.fermo); }
      throw new Error(String(answer.status));
    }

    // What the form says of the file. The version of a draft is that which the page has now.
    function fields() {
      var told = new URLSearchParams();
      new FormData(form).forEach(function (value, name) {
        if (typeof value === "string" && name !== "_csrf") { told.append(name, value); }
      });
      var etag = document.getElementById("etag");
      if (etag) { told.set("etag", etag.value); }
      return told.toString();
    }

    async function upload(file) {
      say(says.prepara);
      var digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
      var sha256 = Array.from(digest, function (byte) { return byte.toString(16).padStart(2, "0"); }).join("");
      var broken = document.querySelector("[data-interrotto][data-sha256='" + sha256 + "']");
      var id = broken ? broken.dataset.interrotto : form.elements.caricamento.value;
      var words = broken ? says.riprende : says.invia;
      var failures = 0;
      var stored = -1;
      for (;;) {
        try {
          if (stored < 0) { stored = (await ask(says.carica + id + "/stato", { headers: { "HX-Request": "true" } })).stored; }
          show(file, stored, words);
          var progress = await ask(says.carica + id + "/pezzo", {
            method: "POST",
            body: file.slice(stored, stored + PIECE),
            headers: {
              "HX-Request": "true",
              "Content-Type": "application/octet-stream",
              "X-Csrf": form.elements._csrf.value,
              "X-File-Fields": fields(),
              "X-File-Name": encodeURIComponent(file.name),
              "X-File-Size": String(file.size),
              "X-File-Sha256": sha256,
              "X-File-Offset": String(stored)
            }
          });
          failures = 0;
          stored = progress.stored;
          show(file, stored, words);
          if (progress.next) { location.assign(progress.next); return; }
        } catch (problem) {
          if (problem instanceof Refused) { throw problem; }
          if (failures === PAUSES.length) { throw new Refused(says.fermo); }
          say(says.riprova, true);
          await pause(PAUSES[failures]);
          failures += 1;
          stored = -1;
        }
      }
    }

    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var file = form.elements.file.files[0];
      if (running) { return; }
      if (!file) { say(says.scegli, true); form.elements.file.focus(); return; }
      running = true;
      upload(file).catch(function (problem) {
        running = false;
        bar.hidden = true;
        say(problem.message || says.fermo, true);
      });
    });
  });
})();
