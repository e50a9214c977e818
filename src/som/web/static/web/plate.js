"use strict";
// The plate by keyboard: arrows go from well to well, Backspace frees the chosen one. Without this
// script the wells are a group of radio buttons like any other, and a button frees.

(() => {
  const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const wellOf = (cell) => cell && cell.querySelector("input, button");
  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest && event.target.closest("[data-plate] td");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Backspace" || event.key === "Delete") {
      const free = document.querySelector("[data-free]");
      if (!free) return;
      event.preventDefault();
      const well = wellOf(cell);
      if (well && well.type === "radio") well.checked = true;
      free.click();
      return;
    }
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    // Over wells that are taken for good, to the next one that can be chosen.
    let row = cell.parentElement.rowIndex + step[0];
    let column = cell.cellIndex + step[1];
    const { rows } = cell.closest("table");
    while (rows[row] && rows[row].cells[column]) {
      const well = wellOf(rows[row].cells[column]);
      if (well) {
        well.focus();
        if (well.type === "radio") well.checked = true;
        return;
      }
      row += step[0];
      column += step[1];
    }
  });
})();
