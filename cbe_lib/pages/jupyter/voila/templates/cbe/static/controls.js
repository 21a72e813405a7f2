// Draws the few controls that the pages use, as plain HTML: each knows its label, takes keys, and can be read aloud.
(function () {
  "use strict";
  var count = 0;

  function element(tag, attributes, children) {
    var made = document.createElement(tag);
    Object.keys(attributes || {}).forEach(function (name) { made.setAttribute(name, attributes[name]); });
    (children || []).forEach(function (child) { made.append(child); });
    return made;
  }

  function named(state, control, after) {
    control.id = "cbe-" + (count += 1);
    var label = element("label", { for: control.id, class: "widget-label" }, [state.description]);
    return element("div", { class: "cbe-control" }, [label, control].concat(after || []));
  }

  // A slider. `shown` says in words what it stands at. Its class is the one of the handle in JupyterLab's sliders.
  function slider(state, range, shown, change) {
    var input = element("input", Object.assign({ type: "range", role: "slider", class: "noUi-handle" }, range));
    var readout = element("output", { class: "widget-readout" });
    var view = named(state, input, [readout]);
    readout.setAttribute("for", input.id);
    function show(value) {
      readout.textContent = shown(value);
      input.setAttribute("aria-valuetext", readout.textContent);
      input.setAttribute("aria-valuenow", value);
    }
    view.update = function (value) { input.value = value; show(value); };
    view.said = function () { return state.description + ": " + readout.textContent; };
    input.addEventListener("input", function () { show(Number(input.value)); change(Number(input.value)); });
    return view;
  }

  function number(model, change) {
    var state = model.state, places = (String(state.step).split(".")[1] || "").length;
    var view = slider(state, { min: state.min, max: state.max, step: state.step },
      function (value) { return value.toFixed(places); }, function (value) { change({ value: value }); });
    view.update(state.value);
    view.told = function (news) { if ("value" in news) { view.update(news.value); } };
    return view;
  }

  function steps(model, change) {
    var labels = model.state._options_labels;
    var view = slider(model.state, { min: 0, max: labels.length - 1, step: 1 },
      function (value) { return labels[value]; }, function (value) { change({ index: value }); });
    view.update(model.state.index);
    view.told = function (news) { if ("index" in news) { view.update(news.index); } };
    return view;
  }

  function choice(model, change) {
    var options = model.state._options_labels.map(function (label) { return element("option", {}, [label]); });
    var select = element("select", {}, options), view = named(model.state, select);
    select.selectedIndex = model.state.index;
    select.addEventListener("change", function () { change({ index: select.selectedIndex }); });
    view.told = function (news) { if ("index" in news) { select.selectedIndex = news.index; } };
    view.said = function () { return model.state.description + ": " + select.value; };
    return view;
  }

  function tick(model, change) {
    var box = element("input", { type: "checkbox" });
    box.checked = model.state.value;
    box.addEventListener("change", function () { change({ value: box.checked }); });
    var view = element("label", { class: "cbe-control cbe-tick" }, [box, " " + model.state.description]);
    view.told = function (news) { if ("value" in news) { box.checked = news.value; } };
    view.said = function () { return model.state.description + ": " + (box.checked ? "yes" : "no"); };
    return view;
  }

  function upload(model, change, status) {
    var input = element("input", { type: "file", accept: model.state.accept }), view = named(model.state, input);
    var most = Number(document.body.dataset.mostBytes);
    input.addEventListener("change", function () {
      var file = input.files[0];
      if (!file) { return; }
      if (file.size > most) {
        input.value = "";
        status("This file has more than " + most / 1e6 + " million bytes. Cut it down to the district you need.");
        return;
      }
      status("Reading the file…");
      file.arrayBuffer().then(function (content) {
        var said = { name: file.name, type: file.type, size: file.size, last_modified: file.lastModified };
        change({ value: [said] }, [["value", 0, "content"]], [content]);
      });
    });
    view.said = function () { return input.files[0] ? "File: " + input.files[0].name : "No file"; };
    return view;
  }

  function press(model, change, status, tell) {
    var view = element("button", { type: "button" }, [model.state.description]);
    view.addEventListener("click", function () { tell({ event: "click" }); });
    view.told = function (news) {
      if ("description" in news) { view.textContent = news.description; }
      if ("disabled" in news) { view.disabled = news.disabled; }
    };
    return view;
  }

  function text(model) {
    var content = element("div", { class: "widget-html-content" }), view = element("div", {}, [content]);
    view.told = function (news) { if ("value" in news) { content.innerHTML = news.value; } };
    view.told(model.state);
    if (model.state._dom_classes.indexOf("cbe-sentence") >= 0) { content.setAttribute("aria-live", "polite"); }
    return view;
  }

  function box(model, change, status, tell, build) {
    return element("div", {}, model.state.children.map(build));
  }

  function stack(model, change, status, tell, build) {
    var view = box(model, change, status, tell, build);
    view.told = function (news) {
      if (!("selected_index" in news)) { return; }
      Array.from(view.children).forEach(function (child, place) { child.hidden = place !== news.selected_index; });
    };
    view.told(model.state);
    return view;
  }

  function unknown(model) {
    var said = "This page cannot show one of its controls (" + model.name + "). Open the notebook in JupyterLab.";
    return element("p", { class: "cbe-problem", role: "alert" }, [said]);
  }

  var kinds = { IntSliderModel: number, FloatSliderModel: number, SelectionSliderModel: steps, DropdownModel: choice,
    CheckboxModel: tick, FileUploadModel: upload, ButtonModel: press, HTMLModel: text, VBoxModel: box, HBoxModel: box,
    BoxModel: box, StackModel: stack };

  window.cbe.draw = function (model, change, status, tell, build) {
    var view = (kinds[model.name] || unknown)(model, change, status, tell, build);
    (model.state._dom_classes || []).forEach(function (name) { view.classList.add(name); });
    return view;
  };
})();
