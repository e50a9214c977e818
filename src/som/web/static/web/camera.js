"use strict";
// Scanning with the camera, wherever a form has a box for codes. The browser reads the picture itself
// where it can; elsewhere (iPhones, most desktops) a reader is loaded when the camera is first opened.
// What is read goes the way of a scanner's keys: into the first empty box of the form, then sent; a box
// of many codes waits for whoever sends the form. A box that is only to be filled (data-scan="fill") has a
// button of its own: it takes one code, and the camera closes.

(() => {
  const template = document.getElementById("camera");
  if (!template || !navigator.mediaDevices) return; // browsers give a camera to https alone

  const AGAIN_AFTER = 2500; // ms: a code that stays in view is read once
  const LOOK_EVERY = 120; // ms
  const ACROSS = 960; // px: more than enough for a label that fills a third of the picture
  let running = null;
  let asked = 0; // how often a camera was opened or closed: an opening that took long may be out of date

  // A reader takes the view and answers with the codes it sees.

  const ofBrowser = async () => {
    if (!("BarcodeDetector" in window)) return null;
    const formats = await window.BarcodeDetector.getSupportedFormats();
    if (!formats.includes("qr_code")) return null;
    const detector = new window.BarcodeDetector();
    return async (view) => (await detector.detect(view)).map(({ rawValue }) => rawValue);
  };

  const loaded = (src) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = src;
    script.addEventListener("load", resolve);
    script.addEventListener("error", reject);
    document.head.append(script);
  });

  const ofLibrary = async () => {
    await loaded(template.dataset.reader);
    const { BinaryBitmap, Code128Reader, DataMatrixReader, DecodeHintType, HTMLCanvasElementLuminanceSource, HybridBinarizer, QRCodeReader } = window.ZXing;
    const readers = [new QRCodeReader(), new DataMatrixReader(), new Code128Reader()];
    const hints = new Map([[DecodeHintType.TRY_HARDER, true]]);
    const canvas = document.createElement("canvas");
    const paper = canvas.getContext("2d", { willReadFrequently: true });
    return (view) => {
      const scale = Math.min(1, ACROSS / view.videoWidth);
      canvas.width = Math.round(view.videoWidth * scale);
      canvas.height = Math.round(view.videoHeight * scale);
      paper.drawImage(view, 0, 0, canvas.width, canvas.height);
      const bitmap = new BinaryBitmap(new HybridBinarizer(new HTMLCanvasElementLuminanceSource(canvas)));
      return readers.flatMap((reader) => {
        try {
          return [reader.decode(bitmap, hints).getText()];
        } catch {
          return []; // no code of this kind in the picture
        }
      });
    };
  };

  let reading = null;
  const reader = () => {
    reading = reading || ofBrowser().then((own) => own || ofLibrary());
    reading.catch(() => (reading = null)); // no connection: asked for again the next time
    return reading;
  };

  const close = (stream) => {
    for (const track of stream.getTracks()) track.stop();
  };

  const stop = () => {
    asked += 1;
    if (!running) return;
    const { stream, timer, view } = running;
    running = null;
    clearTimeout(timer);
    close(stream);
    view.remove();
    mark();
  };

  const FILLED = "[data-scan=fill]";
  const SENT = "[data-scan]:not([data-scan=fill])";

  // The form that codes go to: an answer of the server may have put a new one in its place.
  const formOf = (run) => {
    if (!run.form.isConnected) {
      const same = [...document.forms].filter((form) => form.action === run.action && form.querySelector("[data-scan]"));
      [run.form] = same;
    }
    return run.form;
  };

  const take = (run, code) => {
    const { form } = run;
    const own = run.box && form.querySelector(`#${run.box}`);
    if (own) {
      own.value = code.replace(/\s+/g, " ");
      own.focus();
      stop();
      return;
    }
    // Codes between returns come apart only in the box of many: a box of one line drops its line ends.
    const many = form.querySelector("[data-many]");
    if (many && /[\r\n\t]/.test(code)) {
      many.value += `${code}\n`;
      form.requestSubmit();
      return;
    }
    let box = form.querySelector(`${SENT}.is-invalid`) || form.querySelector(SENT);
    if (box.matches("textarea")) {
      box.value = `${box.value.trimEnd()}\n${code}\n`.trimStart();
      return;
    }
    while (box.value && !box.matches(".is-invalid") && box.dataset.next) box = document.getElementById(box.dataset.next);
    box.value = code.replace(/\s+/g, " ");
    const next = box.dataset.next && document.getElementById(box.dataset.next);
    if (next && !next.value) next.focus();
    else form.requestSubmit();
  };

  const look = async (run) => {
    if (run !== running) return;
    if (!formOf(run)) return stop();
    try {
      for (const code of await run.read(run.picture)) {
        if (run !== running) return;
        const now = Date.now();
        const fresh = now - (run.seen.get(code) || 0) > AGAIN_AFTER;
        run.seen.set(code, now);
        if (fresh && code.trim()) take(run, code.trim());
      }
    } catch {
      // A picture that cannot be read yet: the next one.
    }
    if (run === running) run.timer = setTimeout(look, LOOK_EVERY, run);
  };

  const start = async ({ form, dataset }) => {
    const parts = template.content.cloneNode(true);
    const view = parts.querySelector(".camera");
    const fault = parts.querySelector("[data-camera-fault]");
    document.querySelector("[data-camera-fault]")?.remove();
    const mine = asked;
    let stream = null;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
      const read = await reader();
      if (mine !== asked) return close(stream);
      const picture = view.querySelector("video");
      picture.srcObject = stream;
      document.getElementById("content").prepend(view);
      running = { form, box: dataset.camera, action: form.action, stream, view, picture, read, seen: new Map(), timer: 0 };
      mark();
      await picture.play();
      look(running);
    } catch {
      if (stream) close(stream);
      if (mine !== asked) return;
      stop();
      form.append(fault);
    }
  };

  const buttonBeside = (box, name) => {
    const button = template.content.querySelector("[data-camera]").cloneNode(true);
    button.dataset.camera = name;
    if (name) button.setAttribute("aria-label", `${button.textContent.trim()}: ${box.labels[0].textContent.trim()}`);
    const sends = box.nextElementSibling;
    (sends && sends.matches("[type=submit]") ? sends : box).after(button);
    return button;
  };

  // Each form with boxes for codes has a button beside the first of them, or beside the one that sends it
  // there; and one beside each box that is only to be filled, by whose name it is known.
  const mark = () => {
    for (const form of document.forms) {
      const first = form.querySelector(SENT);
      for (const box of [...(first ? [first] : []), ...form.querySelectorAll(FILLED)]) {
        const name = box.matches(FILLED) ? box.id : "";
        const button = form.querySelector(`[data-camera="${name}"]`) || buttonBeside(box, name);
        const pressed = running && running.box === name && formOf(running) === form;
        button.setAttribute("aria-pressed", String(Boolean(pressed)));
      }
    }
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-camera-stop]")) return stop();
    const button = event.target.closest("[data-camera]");
    if (!button) return;
    const pressed = button.getAttribute("aria-pressed") === "true";
    stop();
    if (!pressed) start(button);
  });
  document.addEventListener("htmx:afterSettle", mark);
  document.addEventListener("visibilitychange", () => document.hidden && stop());
  window.addEventListener("pagehide", stop);
  mark();
})();
