// Talks with the kernel behind the page, over one web socket, in the messages of Jupyter.
(function () {
  "use strict";
  var TRIES = 5, PAUSE = 1000, CONTROLS = "1.0.0";  // the last is the version of ipywidgets' control channel

  function mark() {
    return Array.from(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
      return byte.toString(16).padStart(2, "0");
    }).join("");
  }

  function Kernel(address, heard) {
    this.address = address;
    this.heard = heard;
    this.session = mark();
    this.waiting = {};
    this.open(0);
  }

  Kernel.prototype.open = function (tries) {
    var kernel = this, socket = new WebSocket(this.address + "?session_id=" + this.session);
    socket.binaryType = "arraybuffer";
    socket.onopen = function () { tries = 0; kernel.socket = socket; kernel.heard.opened(); };
    socket.onmessage = function (event) { kernel.read(event.data); };
    socket.onclose = function () {
      kernel.socket = null;
      kernel.waiting = {};
      if (tries < TRIES) { setTimeout(function () { kernel.open(tries + 1); }, PAUSE); } else { kernel.heard.lost(); }
    };
  };

  // Send a message; `done` is called when the kernel has dealt with it. False if there is no connection.
  Kernel.prototype.send = function (type, content, buffers, done) {
    if (!this.socket) { return false; }
    var header = { msg_id: mark(), msg_type: type, session: this.session, username: "", version: "5.3",
      date: new Date().toISOString() };
    var message = { header: header, parent_header: {}, metadata: { version: CONTROLS }, content: content,
      channel: "shell" };
    var text = JSON.stringify(message);
    if (done) { this.waiting[header.msg_id] = done; }
    this.socket.send(buffers && buffers.length ? packed(text, buffers) : text);
    return true;
  };

  Kernel.prototype.read = function (data) {
    var message = typeof data === "string" ? JSON.parse(data) : unpacked(data), parent = message.parent_header.msg_id;
    var type = message.header.msg_type;
    if (type === "comm_msg") { this.heard.told(message.content, message.buffers || []); }
    if (type === "status" && message.content.execution_state === "idle" && this.waiting[parent]) {
      var done = this.waiting[parent];
      delete this.waiting[parent];
      done();
    }
  };

  // Binary messages: how many parts, where each begins (big-endian, 32 bits), the text, then the buffers.
  function packed(text, buffers) {
    var parts = [new TextEncoder().encode(text)].concat(buffers.map(function (each) { return new Uint8Array(each); }));
    var start = 4 * (parts.length + 1), whole = start + parts.reduce(function (sum, each) { return sum + each.length; }, 0);
    var bytes = new Uint8Array(whole), view = new DataView(bytes.buffer);
    view.setUint32(0, parts.length);
    parts.forEach(function (part, place) {
      view.setUint32(4 * (place + 1), start);
      bytes.set(part, start);
      start += part.length;
    });
    return bytes.buffer;
  }

  function unpacked(data) {
    var view = new DataView(data), count = view.getUint32(0), starts = [];
    for (var place = 1; place <= count; place += 1) { starts.push(view.getUint32(4 * place)); }
    var parts = starts.map(function (start, place) { return data.slice(start, starts[place + 1]); });
    var message = JSON.parse(new TextDecoder().decode(parts[0]));
    message.buffers = parts.slice(1);
    return message;
  }

  window.cbe = { Kernel: Kernel, mark: mark };
})();
