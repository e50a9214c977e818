"use strict";
// Scanning with the camera, wherever a form has a box for codes. The browser reads the picture itself
// where it can; elsewhere (iPhones, most desktops) a reader is loaded when the camera is first opened.
// What is read goes the way of a scanner's keys: into the first empty box of the form, then sent; a box
// of many codes, or one that is only to be filled (data-scan="fill"), waits for whoever sends the form.

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

  // The form that codes go to: an answer of the server may have put a new one in its place.
  const formOf = (run) => {
    if (!run.form.isConnected) {
      const same = [...document.forms].filter((form) => form.action === run.action && form.querySelector("[data-scan]"));
      [run.form] = same;
    }
    return run.form;
  };

  const take = (form, code) => {
    // Codes between returns come apart only in the box of many: a box of one line drops its line ends.
    const many = form.querySelector("[data-many]");
    if (many && /[\r\n\t]/.test(code)) {
      many.value += `${code}\n`;
      form.requestSubmit();
      return;
    }
    let box = form.querySelector("[data-scan].is-invalid") || form.querySelector("[data-scan]");
    if (box.matches("textarea")) {
      box.value = `${box.value.trimEnd()}\n${code}\n`.trimStart();
      return;
    }
    while (box.value && !box.matches(".is-invalid") && box.dataset.next) box = document.getElementById(box.dataset.next);
    box.value = code.replace(/\s+/g, " ");
    const next = box.dataset.next && document.getElementById(box.dataset.next);
    if (next && !next.value) next.focus();
    else if (box.dataset.scan !== "fill") form.requestSubmit();
  };

  const look = async (run) => {
    if (run !== running) return;
    const form = formOf(run);
    if (!form) return stop();
    try {
      for (const code of await run.read(run.picture)) {
        if (run !== running) return;
        const now = Date.now();
        const fresh = now - (run.seen.get(code) || 0) > AGAIN_AFTER;
        run.seen.set(code, now);
        if (fresh && code.trim()) take(form, code.trim());
      }
    } catch {
      // A picture that cannot be read yet: the next one.
    }
    if (run === running) run.timer = setTimeout(look, LOOK_EVERY, run);
  };

  const start = async (form) => {
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
      running = { form, action: form.action, stream, view, picture, read, seen: new Map(), timer: 0 };
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

  // Each form with a box for codes has a button beside that box, or beside the one that sends it there.
  const mark = () => {
    for (const form of document.forms) {
      const box = form.querySelector("[data-scan]");
      if (!box) continue;
      let button = form.querySelector("[data-camera]");
      if (!button) {
        button = template.content.querySelector("[data-camera]").cloneNode(true);
        const sends = box.nextElementSibling;
        (sends && sends.matches("[type=submit]") ? sends : box).after(button);
      }
      button.setAttribute("aria-pressed", String(Boolean(running && formOf(running) === form)));
    }
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-camera-stop]")) return stop();
    const button = event.target.closest("[data-camera]");
    if (!button) return;
    const pressed = button.getAttribute("aria-pressed") === "true";
    stop();
    if (!pressed) start(button.form);
  });
  document.addEventListener("htmx:afterSettle", mark);
  document.addEventListener("visibilitychange", () => document.hidden && stop());
  window.addEventListener("pagehide", stop);
  mark();
})();
