"use strict";
// A paper sheet, entered with the keyboard alone: Enter goes on, a line is saved as it is left, what
// is not saved yet outlives a dropped connection and a reload, and codes are checked as they are typed.
// Without a script the button saves the whole sheet.

(() => {
  const sheet = document.querySelector("[data-sheet]");
  if (!sheet) return;
  const lines = [...document.querySelectorAll(".sheet-line[data-line]")];
  const cells = (line) => [...line.querySelectorAll("[data-cell]")];
  const cell = (line, name) => line.querySelector(`[data-cell="${name}"]`);
  const lineOf = (thing) => thing.closest(".sheet-line[data-line]");
  const near = (line, step) => {
    let at = lines.indexOf(line) + step;
    while (lines[at] && lines[at].classList.contains("settled")) at += step;
    return lines[at];
  };
  const valueOf = (box) => (box.type === "checkbox" ? (box.checked ? "1" : "") : box.value);
  const fill = (box, value) => {
    if (box.type === "checkbox") box.checked = Boolean(value);
    else box.value = value;
  };
  const said = (line) => JSON.stringify(cells(line).map(valueOf));
  // What stood in a column above, also on lines that were settled meanwhile.
  const left = new Map();
  const above = (line, name) => {
    for (let at = lines.indexOf(line) - 1; at >= 0; at -= 1) {
      const value = cell(lines[at], name) ? cell(lines[at], name).value : (left.get(lines[at]) || {})[name];
      if (value) return value;
    }
    return "";
  };
  const somebody = (line) =>
    cells(line).some((box) => !["time", "why"].includes(box.dataset.cell) && valueOf(box).trim());

  // What is not saved stays in this tab alone, and only until it is saved.
  const key = `som.sheet:${window.location.pathname}:${sheet.dataset.sheet}`;
  for (const other of Object.keys(window.sessionStorage)) {
    if (other.startsWith("som.sheet:") && !other.endsWith(`:${sheet.dataset.sheet}`)) window.sessionStorage.removeItem(other);
  }
  const drafts = () => JSON.parse(window.sessionStorage.getItem(key) || "{}");
  const keep = (line) => {
    const kept = drafts();
    kept[line.dataset.line] = Object.fromEntries(cells(line).map((box) => [box.dataset.cell, valueOf(box)]));
    window.sessionStorage.setItem(key, JSON.stringify(kept));
  };
  const forget = (line) => {
    const kept = drafts();
    delete kept[line.dataset.line];
    if (Object.keys(kept).length) window.sessionStorage.setItem(key, JSON.stringify(kept));
    else window.sessionStorage.removeItem(key);
  };

  // The check digits of the codes: ISO/IEC 7064, MOD 11,10 of tubes and MOD 37,36 of slips.
  const checked = (text, alphabet) => {
    let total = alphabet.length;
    for (const sign of text) {
      const value = alphabet.indexOf(sign);
      if (value < 0) return "";
      total = (((total + value) % alphabet.length || alphabet.length) * 2) % (alphabet.length + 1);
    }
    return alphabet[(alphabet.length + 1 - total) % alphabet.length];
  };
  const DIGITS = "0123456789";
  const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const tube = (typed) => {
    const code = typed.trim().toUpperCase();
    return !/^S\d{10}$/.test(code) ? !/^S\d/.test(code) : checked(code.slice(1, 10), DIGITS) === code[10];
  };
  const slip = (typed) => {
    const code = typed.toUpperCase().replace(/[\s\-.]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
    return /^[0-9A-HJKMNP-TV-Z]{13}$/.test(code) && checked(code.slice(0, 12), SIGNS) === code[12];
  };
  const birth = (typed) => {
    const found = /^(\d{1,2})\D+(\d{1,2})\D+(\d{4})$|^(\d{2})(\d{2})(\d{4})$/.exec(typed.trim());
    if (!found) return /^(19|20)\d\d$|^\d{1,2}\D\d{1,2}\D\d{2}$/.test(typed.trim());
    const [day, month, year] = found.slice(1).filter(Boolean).map(Number);
    if (!day && !month) return true;
    const made = new Date(year, month - 1, day);
    return made.getDate() === day && made.getMonth() === month - 1 && made <= new Date();
  };
  const CHECKS = {
    tube,
    slip,
    birth,
    time: (typed) => /^([01]?\d|2[0-3])\s*[:h.]?\s*([0-5]\d)?$/i.test(typed.trim()),
  };
  const judge = (box, left) => {
    const check = CHECKS[box.dataset.cell];
    const right = !check || !box.value.trim() || check(box.value);
    if (right) box.removeAttribute("aria-invalid");
    else if (left) box.setAttribute("aria-invalid", "true");
    box.classList.toggle("good", Boolean(check && box.value.trim() && right));
  };

  // Each line knows what of it is saved; the rest is shown as not saved.
  const faulty = (line) => line.querySelector(".line-said[role=alert]:not([data-kept])");
  const saved = new Map(lines.map((line) => [line, faulty(line) ? "" : said(line)]));
  const unsaved = (line) => !line.classList.contains("settled") && said(line) !== saved.get(line) && somebody(line);
  const waiting = new Set();
  const count = () => {
    const note = document.querySelector("[data-unsent]");
    note.hidden = !waiting.size;
    note.querySelector("[data-unsent-number]").textContent = waiting.size;
  };
  const notSent = (line) => {
    waiting.add(line);
    line.classList.add("unsent");
    const words = document.getElementById(`said-${line.dataset.line}`);
    const template = document.getElementById("line-unsent");
    if (words && template && !words.querySelector("[data-not-sent]")) words.append(template.content.cloneNode(true));
    count();
  };
  const send = (line) => {
    if (!unsaved(line)) return;
    line.dataset.sending = said(line);
    window.htmx.trigger(line, "leave");
  };
  const sendWaiting = () => {
    for (const line of [...waiting]) if (!line.contains(document.activeElement)) send(line);
  };

  const goTo = (line, name) => {
    const box = (name && cell(line, name)) || cells(line)[0];
    if (!box) return;
    box.focus();
    if (box.select) box.select();
  };

  document.addEventListener("keydown", (event) => {
    const line = event.target.dataset.cell && lineOf(event.target);
    if (!line || event.ctrlKey || event.altKey || event.metaKey) return;
    const boxes = cells(line);
    const at = boxes.indexOf(event.target);
    if (event.key === "Enter") {
      event.preventDefault();
      if (event.target.type === "checkbox" || at === boxes.length - 2) {
        const next = near(line, 1);
        if (next) goTo(next);
        else event.target.blur();
      } else {
        boxes[at + 1].focus();
      }
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.tagName !== "SELECT") {
      const next = near(line, event.key === "ArrowDown" ? 1 : -1);
      if (next) {
        event.preventDefault();
        goTo(next, event.target.dataset.cell);
      }
    }
  });

  document.addEventListener("focusin", (event) => {
    const line = event.target.dataset.cell && lineOf(event.target);
    if (!line || event.target.dataset.cell !== "time" || event.target.value) return;
    event.target.value = above(line, "time");
    event.target.select();
  });
  document.addEventListener("input", (event) => {
    const line = event.target.dataset.cell && lineOf(event.target);
    if (!line) return;
    if (event.target.dataset.cell === "address" && event.target.value === '"') {
      event.target.value = above(line, "address");
    }
    judge(event.target, false);
    keep(line);
  });
  document.addEventListener("focusout", (event) => {
    const line = event.target.dataset.cell && lineOf(event.target);
    if (!line) return;
    judge(event.target, true);
    if (!line.contains(event.relatedTarget)) send(line);
  });

  // The answer of a line: what is wrong stands by its fields, what is saved is no draft any more.
  document.addEventListener("htmx:afterSettle", (event) => {
    const words = event.target.closest ? event.target.closest(".line-said") : null;
    const line = words && lines.find((one) => one.dataset.line === words.dataset.line);
    if (!line) return;
    const wrong = words.dataset.wrong.split(" ");
    for (const box of cells(line)) {
      if (wrong.includes(box.dataset.cell)) box.setAttribute("aria-invalid", "true");
      else if (box.value === "" || !CHECKS[box.dataset.cell]) box.removeAttribute("aria-invalid");
    }
    waiting.delete(line);
    line.classList.remove("unsent");
    if ("kept" in words.dataset) {
      saved.set(line, line.dataset.sending);
      if (said(line) === line.dataset.sending) forget(line);
    }
    if ("settled" in words.dataset && cells(line).length) {
      line.classList.add("settled");
      left.set(line, { time: cell(line, "time").value, address: cell(line, "address").value });
      for (const box of cells(line)) box.closest(".cell").remove();
    }
    count();
    if (navigator.onLine) sendWaiting();
  });
  for (const failed of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    document.addEventListener(failed, (event) => {
      const line = lineOf(event.detail.elt);
      if (line) notSent(line);
    });
  }
  window.addEventListener("online", sendWaiting);
  window.setInterval(sendWaiting, 10_000);
  // The whole sheet is sent by its button: what was typed is no draft once the page is there again.
  sheet.addEventListener("submit", () => lines.filter((line) => cells(line).length).forEach(keep));

  const rest = document.querySelector("[data-rest]");
  if (rest) {
    rest.hidden = false;
    rest.addEventListener("click", () => {
      for (const line of lines) if (cell(line, "blank") && !somebody(line)) cell(line, "blank").checked = true;
      sheet.requestSubmit();
    });
  }

  // After a reload: what was typed and not saved is there again, unless the page came with it.
  const open = lines.map((line) => line.dataset.line);
  for (const number of Object.keys(drafts())) if (!open.includes(number)) forget({ dataset: { line: number } });
  for (const line of lines) {
    const draft = drafts()[line.dataset.line];
    if (!draft) continue;
    for (const box of cells(line)) if (box.dataset.cell in draft) fill(box, draft[box.dataset.cell]);
    if (unsaved(line)) notSent(line);
    else forget(line);
  }
  for (const box of document.querySelectorAll(".sheet-line [data-cell]")) judge(box, Boolean(box.value));
  const next = lines.find((line) => !somebody(line)) || lines[0];
  if (next && window.matchMedia("(pointer: fine)").matches) goTo(next);
})();
