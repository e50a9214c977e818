"use strict";
// A file dropped on its place is as if it had been chosen there; nothing else of the page takes one.
// The plate that is offered in place of the chosen one is as if it had been chosen above.

(() => {
  const holds = (event) => Array.from(event.dataTransfer ? event.dataTransfer.types : []).includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    const zone = event.target.closest("[data-drop]");
    event.dataTransfer.dropEffect = zone ? "copy" : "none";
    for (const other of document.querySelectorAll("[data-drop]")) other.classList.toggle("over", other === zone);
  });
  const leave = () => {
    for (const zone of document.querySelectorAll("[data-drop]")) zone.classList.remove("over");
  };
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) leave();
  });
  document.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    leave();
    const zone = event.target.closest("[data-drop]");
    if (!zone || !event.dataTransfer.files.length) return;
    const box = document.getElementById(zone.dataset.drop);
    const one = new DataTransfer();
    one.items.add(event.dataTransfer.files[0]);
    box.files = one.files;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("click", (event) => {
    const offered = event.target.closest("[data-plate]");
    const box = offered && document.getElementById(offered.dataset.plate);
    if (!box) return;
    event.preventDefault();
    box.value = offered.value;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
