"use strict";
// A QR code on a slip leads to /look-up/#CODE: what stands behind # is sent to no server and stands in
// no log. It is put into the form and taken out of the address. On a slip with an answer it is
// #CODE.VERSION.SEAL, by which whoever is shown the slip may check it.

(() => {
  const take = () => {
    const code = window.location.hash.slice(1);
    const box = document.getElementById("id_slip");
    if (!/^[0-9A-Za-z.-]{13,40}$/.test(code)) return;
    if (!box) {
      // An answer stands here and the next slip was scanned: the question mark makes it another page.
      window.location.replace(`${window.location.pathname}?#${code}`);
      return;
    }
    const [slip, ...sealed] = code.split(".");
    box.value = sealed.length === 2 ? slip : code;
    const check = document.getElementById("check-slip");
    if (check && sealed.length === 2) {
      check.elements.paper.value = code;
      check.hidden = false;
    }
    window.history.replaceState(null, "", window.location.pathname);
    const next = document.getElementById("id_birth_date");
    if (next && !next.closest("[hidden]")) next.focus();
  };
  take();

  // Whoever gave only the year is not asked for the day as well.
  const other = document.querySelector("details.other-way");
  const born = document.getElementById("id_birth_date");
  if (other && born) {
    const choose = () => {
      if (other.open) born.value = "";
      born.closest(".field").hidden = other.open;
      document.getElementById("other-way-hint").hidden = other.open;
    };
    other.addEventListener("toggle", choose);
    choose();
  }
  window.addEventListener("hashchange", take);
})();
