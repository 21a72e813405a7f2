// What Voila calls while a page comes up, and the few attributes that its widgets leave out.
(function () {
  "use strict";
  var patience = 30000;

  window.voila_heartbeat = function () {};
  window.update_loading_text = function () {};
  window.voila_process = function () {};
  window.voila_finish = function () {};
  window.display_cells = function () {};

  function status(text) {
    var element = document.getElementById("cbe-status");
    if (element && element.textContent !== text) { element.textContent = text; element.hidden = !text; }
  }

  function label(handle) {
    if (handle.hasAttribute("aria-label")) { return; }
    var widget = handle.closest(".widget-inline-hbox");
    var name = widget && widget.querySelector(".widget-label");
    if (name && name.textContent) { handle.setAttribute("aria-label", name.textContent); }
  }

  function spoken(handle) {
    var widget = handle.closest(".widget-inline-hbox");
    var readout = widget && widget.querySelector(".widget-readout");
    var text = readout && readout.textContent;
    if (text && handle.getAttribute("aria-valuetext") !== text) { handle.setAttribute("aria-valuetext", text); }
  }

  function tend() {
    document.querySelectorAll(".noUi-handle").forEach(function (handle) { label(handle); spoken(handle); });
    document.querySelectorAll(".widget-readout[contenteditable]").forEach(function (readout) {
      var widget = readout.closest(".widget-inline-hbox");
      var name = widget && widget.querySelector(".widget-label");
      if (!readout.hasAttribute("role") && name && name.textContent) {
        readout.setAttribute("role", "textbox");
        readout.setAttribute("aria-label", name.textContent + ", type a value");
      }
    });
    document.querySelectorAll('[title="null"]').forEach(function (element) { element.removeAttribute("title"); });
    document.querySelectorAll(".cbe-sentence .widget-html-content").forEach(function (sentence) {
      if (!sentence.hasAttribute("aria-live")) { sentence.setAttribute("aria-live", "polite"); }
    });
    if (document.querySelector(".cbe-picture svg, .cbe-problem")) { status(""); }
  }

  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(tend).observe(document.body, { childList: true, subtree: true });
    tend();
    window.setTimeout(function () {
      if (!document.querySelector(".cbe-picture svg, .cbe-problem")) {
        status("The picture has not come up. Load the page again, or ask whoever started it to look at its messages.");
      }
    }, patience);
  });
})();
