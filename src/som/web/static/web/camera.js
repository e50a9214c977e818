"use strict";
// Scanning with the camera where the browser can read codes itself; elsewhere the button stays hidden.
// What it reads goes the way of a scanner's keys: into the first empty box of its form, then sent.

(() => {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;

  const AGAIN_AFTER = 2500; // ms: a code that stays in view is read once
  const LOOK_EVERY = 120; // ms
  let running = null;

  const show = () => {
    for (const button of document.querySelectorAll("[data-camera]")) button.hidden = false;
  };

  const stop = () => {
    if (!running) return;
    const { form, stream, timer } = running;
    clearTimeout(timer);
    for (const track of stream.getTracks()) track.stop();
    const view = form.querySelector("[data-camera-view]");
    view.srcObject = null;
    view.hidden = true;
    form.querySelector("[data-camera]").setAttribute("aria-pressed", "false");
    running = null;
  };

  const take = (form, code) => {
    // Codes between returns come apart only in the box of many: a box of one line drops its line ends.
    const many = form.querySelector("[data-many]");
    if (many && /[\r\n\t]/.test(code)) {
      many.value += `${code}\n`;
      form.requestSubmit();
      return;
    }
    let box = form.querySelector("[data-scan]");
    while (box.value && box.dataset.next) box = document.getElementById(box.dataset.next);
    box.value = code.replace(/\s+/g, " ");
    const next = box.dataset.next && document.getElementById(box.dataset.next);
    if (next && !next.value) next.focus();
    else form.requestSubmit();
  };

  const look = async (run) => {
    if (run !== running) return;
    if (!run.form.isConnected) return stop();
    try {
      const now = Date.now();
      for (const { rawValue } of await run.detector.detect(run.view)) {
        if (run !== running) return;
        const fresh = now - (run.seen.get(rawValue) || 0) > AGAIN_AFTER;
        run.seen.set(rawValue, now);
        if (rawValue && fresh) take(run.form, rawValue.trim());
      }
    } catch {
      // A picture that cannot be read yet: the next one.
    }
    if (run === running) run.timer = setTimeout(() => look(run), LOOK_EVERY);
  };

  const start = async (form) => {
    const fault = form.querySelector("[data-camera-fault]");
    fault.hidden = true;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      const view = form.querySelector("[data-camera-view]");
      view.srcObject = stream;
      view.hidden = false;
      running = { form, stream, view, detector: new window.BarcodeDetector(), seen: new Map(), timer: 0 };
      await view.play();
      form.querySelector("[data-camera]").setAttribute("aria-pressed", "true");
      look(running);
    } catch {
      stop();
      fault.hidden = false;
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-camera]");
    if (!button) return;
    const form = button.closest("form");
    const again = running && running.form === form;
    stop();
    if (!again) start(form);
  });
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("visibilitychange", () => document.hidden && stop());
  window.addEventListener("pagehide", stop);
  show();
})();
