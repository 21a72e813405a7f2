// Brings a page to life: asks the kernel for its controls, draws them, and keeps both sides of each in step.
(function () {
  "use strict";
  var PATIENCE = 30000, SLOW = 700;
  var models = {}, views = {}, busy = {}, next = {}, kernel, control, config;

  function status(words) {
    var element = document.getElementById("cbe-status");
    if (element.textContent !== words) { element.textContent = words; }
    element.hidden = !words;
  }

  function build(reference) {
    var id = reference.replace("IPY_MODEL_", "");
    function change(news, paths, buffers) { set(id, news, paths, buffers); }
    function tell(content) { kernel.send("comm_msg", { comm_id: id, data: { method: "custom", content: content } }); }
    return (views[id] = window.cbe.draw(models[id], change, status, tell, build));
  }

  // One change of a control is under way at a time; of those that come meanwhile only the last one counts.
  function set(id, news, paths, buffers) {
    note();
    if (busy[id]) { next[id] = [news, paths, buffers]; return; }
    var data = { method: "update", state: news, buffer_paths: paths || [] };
    busy[id] = kernel.send("comm_msg", { comm_id: id, data: data }, buffers, function () {
      busy[id] = false;
      if (!next[id]) { return status(""); }
      var last = next[id];
      delete next[id];
      set.apply(null, [id].concat(last));
    });
    if (!busy[id]) { next[id] = [news, paths, buffers]; return; }
    setTimeout(function () { if (busy[id]) { status("Working…"); } }, SLOW);
  }

  // What was chosen, for the printed page, on which there are no controls.
  function note() {
    var chosen = document.getElementById("cbe-chosen");
    if (!chosen) { return; }
    var said = Object.values(views).filter(function (view) { return view.said && !view.closest("[hidden]"); });
    chosen.textContent = said.map(function (view) { return view.said(); }).join("; ");
  }

  function told(content) {
    var data = content.data || {};
    if (content.comm_id === control && data.method === "update_states") { return drawAll(data.states); }
    if (data.method !== "update" || !models[content.comm_id]) { return; }
    Object.assign(models[content.comm_id].state, data.state);
    var view = views[content.comm_id];
    if (view && view.told) { view.told(data.state); }
  }

  function drawAll(states) {
    Object.keys(states).forEach(function (id) { models[id] = { name: states[id].model_name, state: states[id].state }; });
    document.querySelectorAll(".cbe-widget").forEach(function (place) {
      if (models[place.dataset.model]) { place.replaceChildren(build(place.dataset.model)); }
    });
    status("");
    note();
  }

  function opened() {
    if (Object.keys(models).length) {
      busy = {};
      Object.keys(next).forEach(function (id) { var last = next[id]; delete next[id]; set.apply(null, [id].concat(last)); });
      return status("");
    }
    control = window.cbe.mark();
    kernel.send("comm_open", { comm_id: control, target_name: "jupyter.widget.control", data: {} });
    kernel.send("comm_msg", { comm_id: control, data: { method: "request_states" } });
  }

  function lost() {
    fetch(config.baseUrl + "api/kernels/" + config.kernelId).then(function (answer) {
      status(answer.ok ? "The connection is broken. Load the page again." :
        "This page has been resting for so long that it was ended. Load it again.");
    }, function () {
      status("The server of this page does not answer any more. Start it again, then load this page again.");
    });
  }

  document.addEventListener("DOMContentLoaded", function () {
    var found = document.getElementById("jupyter-config-data"), wanted = document.querySelector(".cbe-widget");
    if (!found || !wanted) { return status(""); }
    config = JSON.parse(found.textContent);
    var place = new URL(config.baseUrl + "api/kernels/" + config.kernelId + "/channels", location.href);
    place.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    kernel = new window.cbe.Kernel(place.href, { opened: opened, told: told, lost: lost });
    setTimeout(function () {
      if (Object.keys(models).length) { return; }
      status("The picture has not come up. Load the page again, or ask whoever started it to look at its messages.");
    }, PATIENCE);
  });
})();
