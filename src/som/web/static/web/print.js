"use strict";
// Shows the buttons that print the page. Without a script the browser's own menu prints it as well.

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
