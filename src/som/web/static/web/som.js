"use strict";
// The shell's behaviour: no double sending, nothing typed is lost, scanning keeps its focus and says
// accepted or refused. Everything works without it except the scanning sounds.

(() => {
  // Back to a page that answered a form opens it anew; the browser has kept nothing of it to show.
  window.history.replaceState(window.history.state, "");

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

  // A strip that scrolls within itself starts where one is.
  for (const strip of document.querySelectorAll(".section-ways")) {
    const here = strip.querySelector("[aria-current]");
    if (here) strip.scrollLeft = here.offsetLeft - (strip.clientWidth - here.offsetWidth) / 2;
  }

  // Parts of a page: say what went wrong above the page, and leave the form as it is. It is taken back
  // as soon as something was sent and done again.
  const messages = document.getElementById("page-messages");
  const say = (id) => {
    const template = document.getElementById(id);
    if (!messages || !template) return;
    messages.replaceChildren(template.content.cloneNode(true));
    messages.dataset.wrong = id;
  };
  const noConnection = ({ target }) => {
    const form = target.closest("form:not([data-scanning])");
    const replaced = form && form.querySelector("[data-scan]"); // by what is scanned next: nothing waits here
    say(replaced ? "not-recorded" : "no-connection");
    if (replaced) beep("refused");
  };
  document.addEventListener("htmx:sendError", noConnection);
  document.addEventListener("htmx:timeout", noConnection);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400) return;
    if (xhr.getResponseHeader("HX-Retarget")) {
      event.detail.shouldSwap = true;
      messages.dataset.wrong = xhr.status;
    } else if (xhr.status !== 422) say("server-error");
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const { status } = detail.xhr;
    if (!status || status >= 400 || !messages || !messages.dataset.wrong) return;
    if (detail.requestConfig.verb !== "post" && messages.dataset.wrong !== "no-connection") return;
    messages.replaceChildren();
    delete messages.dataset.wrong;
  });
  // What a part says of something that stands elsewhere on the page too is so there as well.
  document.addEventListener("htmx:afterSettle", (event) => {
    for (const now of event.target.querySelectorAll("[data-same]")) {
      for (const one of document.querySelectorAll(`[data-same="${CSS.escape(now.dataset.same)}"]`)) one.textContent = now.textContent;
    }
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
  document.addEventListener("som:beep", (event) => beep(event.detail)); // of what a page's own clock tells

  // A desk's scan form: a code leaves its box at once and waits in the form until the server has
  // answered for it. So the scanner never waits, several go together, and no lost connection loses one.
  // Each goes with what was chosen when it was scanned: how the tube looks, in which well it is.
  const SEND_AGAIN = 5000; // ms
  const SIGN_IN_AGAIN = 401; // the session is over: nothing was done, and all waits for whoever scanned it
  const NOT_CHOSEN = "button, [type=hidden], [type=radio]:not(:checked), [data-scan], [data-many]";
  const choices = (form) =>
    JSON.stringify([...form.elements].filter((box) => box.name && !box.matches(NOT_CHOSEN)).map((box) => [box.name, box.value]));
  const desks = new WeakMap(); // each form's [{ codes, chosen }], in the order in which they are sent
  const waiting = (form) => desks.get(form) || desks.set(form, []).get(form);
  const tell = (form) => {
    const number = waiting(form).reduce((sum, { codes }) => sum + codes.split("\n").length - 1, 0);
    const note = form.querySelector("[data-unsent]");
    note.hidden = !number;
    note.querySelector("[data-unsent-number]").textContent = number;
  };
  let alone = false; // whether what waits is sent without what stands in the boxes: half a code, perhaps
  const sendAgain = (form) => {
    if (!form.isConnected || !waiting(form).length) return;
    alone = true;
    form.requestSubmit();
    alone = false;
  };
  const answered = (form, { successful, xhr }) => {
    const [first] = waiting(form);
    const turnedAway = xhr.status >= 400 && xhr.status < 500 && xhr.status !== SIGN_IN_AGAIN;
    if (first && (successful || turnedAway)) {
      const sent = form.dataset.inSending;
      const many = form.querySelector("[data-many]");
      first.codes = first.codes.slice(sent.length);
      first.chosen = choices(form); // what came meanwhile is of the desk as it is now
      if (!first.codes) waiting(form).shift();
      if (turnedAway && many) {
        // As a whole: they stand where whoever scanned them can send them again or take them out.
        many.closest("details").open = true;
        many.value = sent + many.value;
      }
      setTimeout(sendAgain, 0, form);
    }
    tell(form);
  };
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-scanning]");
    if (!form || !window.htmx) return;
    const chosen = choices(form);
    for (const typed of alone ? [] : form.querySelectorAll("[data-scan], [data-many]")) {
      for (const line of typed.value.split(/[\r\n\t]+/).filter((one) => one.trim())) {
        const last = waiting(form).at(-1);
        if (last && last.chosen === chosen) last.codes += `${line.trim()}\n`;
        else waiting(form).push({ codes: `${line.trim()}\n`, chosen });
      }
      typed.value = "";
    }
    if (!waiting(form).length && !(event.submitter && event.submitter.name)) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    setTimeout(tell, 1500, form);
  }, true);
  // What waits is sent, and nothing of the boxes: a queued request goes out in the middle of the next
  // code, and half a code would be taken for another one.
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.target.closest("form[data-scanning]");
    if (!form) return;
    const { parameters, triggeringEvent } = event.detail;
    const { codes, chosen } = waiting(form)[0] || { codes: "", chosen: "[]" };
    if (!codes && !(triggeringEvent && triggeringEvent.submitter && triggeringEvent.submitter.name)) event.preventDefault();
    form.dataset.inSending = codes;
    parameters[form.querySelector("[data-scan]").name] = codes;
    for (const [name, value] of JSON.parse(chosen)) parameters[name] = value;
  });
  for (const failed of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failed, (event) => {
      const form = event.target.closest("form[data-scanning]");
      if (form) setTimeout(sendAgain, SEND_AGAIN, form);
    });
  }
  // Signed out, or on to another page: what was not sent is here again when the page is, for the same
  // account at the same laboratory and box, and is sent. Nobody sends what somebody else scanned.
  const OWN = `unsent:${document.body.dataset.account}:`;
  const unsentHere = () => `${OWN}${window.location.pathname}${window.location.search}`;
  window.addEventListener("pagehide", () => {
    const form = document.querySelector("form[data-scanning]");
    if (!form || !waiting(form).length) return;
    window.sessionStorage.setItem(unsentHere(), JSON.stringify(waiting(form)));
    desks.delete(form); // in one place alone: a page that the browser keeps does not send them again
  });
  window.addEventListener("pageshow", () => {
    const form = document.querySelector("form[data-scanning]");
    const kept = form && window.sessionStorage.getItem(unsentHere());
    const left = Object.keys(window.sessionStorage).find((key) => key.startsWith(OWN));
    if (!kept && left) {
      say("unsent-elsewhere");
      messages.querySelector("a").href = left.slice(OWN.length);
    }
    if (!kept) return;
    window.sessionStorage.removeItem(unsentHere());
    desks.set(form, JSON.parse(kept));
    tell(form);
    sendAgain(form);
  });
  // Several lines pasted into the box of one: they belong to the box of many.
  document.addEventListener("paste", (event) => {
    const box = event.target.closest && event.target.closest("[data-scanning] [data-scan]");
    const many = box && box.form.querySelector("[data-many]");
    const text = event.clipboardData ? event.clipboardData.getData("text").trim() : "";
    if (!many || !/[\r\n\t]/.test(text)) return;
    event.preventDefault();
    many.closest("details").open = true;
    many.value = `${many.value}${text}\n`;
    many.focus();
  });

  // The next scan goes into this box, in the place of a refused one and never behind it.
  const takeInto = (box) => {
    if (!box) return;
    box.focus();
    if (box.select) box.select();
  };
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form");
    const box = form && form.querySelector("[data-scan]");
    if (!box) return;
    const desk = form.matches("[data-scanning]");
    if (desk) answered(form, event.detail);
    else if (event.detail.successful) box.value = "";
    if (document.activeElement.matches("[data-many]")) return;
    if (desk) box.focus();
    else takeInto(box);
  });
  // A scanner ends each code with Enter: where another box is still empty, that goes on to it. A box
  // that is only to be filled sends nothing.
  document.addEventListener("keydown", (event) => {
    const { next, scan } = event.target.dataset || {};
    if (event.key === "Enter" && scan === "fill") event.preventDefault();
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
    const refused = box && box.form && box.form.querySelector("input.is-invalid");
    while (!refused && box && box.value && box.dataset.next) box = document.getElementById(box.dataset.next);
    takeInto(refused || box);
  });
  // A form that comes back with another page part: on with what was refused, or with the next one. A part
  // settles at once (htmx-config), or a quick scanner would type in between.
  document.addEventListener("htmx:afterSettle", (event) => {
    const box = event.target.querySelector("form [data-scan]");
    const typing = event.target.contains(document.activeElement) && document.activeElement.matches("input");
    if (!box || !(typing || window.matchMedia("(pointer: fine)").matches)) return;
    takeInto(event.target.querySelector("input.is-invalid") || box);
  });
  // A wrong password is typed again in its own box, and never into one that shows what is typed.
  document.addEventListener("DOMContentLoaded", () => {
    const box = document.querySelector("[data-scan]:not([data-scan=fill])");
    const wrong = document.querySelector("input[type=password].is-invalid");
    if (wrong) takeInto(wrong);
    else if (box && window.matchMedia("(pointer: fine)").matches) takeInto((box.form && box.form.querySelector("input.is-invalid")) || box);
  });
})();
