"use strict";
// The time of each test under way, by the server's clock: a strip opens for reading when its kit's
// minutes are over and closes after them. The server judges again whatever is sent.

(() => {
  let ahead = 0; // how far the server's clock is ahead of this device's
  const set = () => {
    const desk = document.getElementById("desk");
    if (desk) ahead = Date.parse(desk.dataset.now) - Date.now();
  };
  const said = (ms) => {
    const seconds = Math.max(0, Math.ceil(ms / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const turn = (strip, state) => {
    if (strip.dataset.state === state) return;
    strip.dataset.state = state;
    for (const part of strip.querySelectorAll("fieldset")) part.disabled = state !== "ready";
    document.dispatchEvent(new CustomEvent("som:beep", { detail: state === "ready" ? "accepted" : "refused" }));
  };
  const tick = () => {
    const now = Date.now() + ahead;
    for (const strip of document.querySelectorAll(".strip")) {
      const [from, until, since] = ["from", "until", "since"].map((name) => Date.parse(strip.dataset[name]));
      if (!Number.isNaN(from)) turn(strip, now < from ? "waiting" : now > until ? "late" : "ready");
      const left = Number.isNaN(since) ? (now < from ? from : until) - now : now - since;
      for (const place of strip.querySelectorAll("[data-left]")) place.textContent = said(left);
    }
  };
  document.addEventListener("htmx:afterSettle", () => {
    set();
    tick();
  });
  document.addEventListener("DOMContentLoaded", () => {
    set();
    tick();
    setInterval(tick, 1000);
  });
})();
