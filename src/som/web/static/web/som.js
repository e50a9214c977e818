"use strict";
// The shell's behaviour: no double sending, nothing typed is lost, scanning keeps its focus and says
// accepted or refused. Everything works without it except the scanning sounds.

(() => {
  // A double click sends once. The button comes back when the page does.
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.matches("[hx-post], [hx-get], [hx-put]")) return;
    if (event.target.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (event.target.method !== "post") return;
    event.target.dataset.sent = "1";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
    for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  });

  // An open menu closes on a click elsewhere and on Escape.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeMenus(null);
  });

  // Parts of a page: say what went wrong above the page, and leave the form as it is.
  const say = (id) => {
    const messages = document.getElementById("page-messages");
    const template = document.getElementById(id);
    if (messages && template) messages.replaceChildren(template.content.cloneNode(true));
  };
  document.addEventListener("htmx:sendError", () => say("no-connection"));
  document.addEventListener("htmx:timeout", () => say("no-connection"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400) return;
    if (xhr.getResponseHeader("HX-Retarget")) event.detail.shouldSwap = true;
    else if (xhr.status !== 422) say("server-error");
  });

  // Scanning: two high notes for accepted, one low for refused; the focus returns by itself.
  let audio = null;
  const note = (pitch, start, length) => {
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    tone.type = "square";
    tone.frequency.value = pitch;
    loud.gain.value = 0.06;
    tone.connect(loud).connect(audio.destination);
    tone.start(audio.currentTime + start);
    tone.stop(audio.currentTime + start + length);
  };
  const beep = (kind) => {
    const Audio = window.AudioContext || window.webkitAudioContext;
    if (!Audio) return;
    audio = audio || new Audio();
    if (kind === "refused") note(180, 0, 0.35);
    else [0, 0.1].forEach((start, step) => note(step ? 1320 : 990, start, 0.08));
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    const found = event.target.closest("[data-beep]") || event.target.querySelector("[data-beep]");
    if (found && document.querySelector("[data-scan]")) beep(found.dataset.beep);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    const box = form && form.querySelector("[data-scan]");
    if (!box) return;
    if (event.detail.successful) box.value = "";
    box.focus();
  });
  // A scanner ends each code with Enter: where another box is still empty, that goes on to it.
  document.addEventListener("keydown", (event) => {
    const { next } = event.target.dataset || {};
    const box = event.key === "Enter" && next && document.getElementById(next);
    if (!box || box.value) return;
    event.preventDefault();
    box.focus();
  });
  // A scanner types wherever the page is: what no box takes goes into the first empty one.
  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
    let box = document.querySelector("[data-scan]");
    while (box && box.value && box.dataset.next) box = document.getElementById(box.dataset.next);
    if (box) box.focus();
  });
  // A form that comes back with another page part: on with what was refused, or with the next one.
  document.addEventListener("htmx:afterSettle", (event) => {
    const box = event.target.querySelector("form [data-scan]");
    if (box && window.matchMedia("(pointer: fine)").matches) (event.target.querySelector("input.is-invalid") || box).focus();
  });
  document.addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector("[data-scan]");
    if (box && window.matchMedia("(pointer: fine)").matches) box.focus();
  });
})();
