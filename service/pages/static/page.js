// What pages can do besides where scripts run: the slider of days, and addresses that are marked to be copied. Everything else works without.
"use strict";

const DAY_MS = 86400000;
const EPOCH = 719163; // the number of 1970-01-01, days being counted from 0001-01-01 on
const REST_MS = 1000; // for which the keys rest before the day that they chose is loaded
const HELD = "slider-held"; // kept from one page to the next: the slider had the focus

function iso(number) {
  return new Date((number - EPOCH) * DAY_MS).toISOString().slice(0, 10);
}

for (const box of document.querySelectorAll(".slider")) {
  const slider = box.querySelector("input");
  const shown = box.querySelector("output");
  const field = document.getElementById(slider.dataset.field);
  const words = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const tell = () => {
    shown.textContent = words.format((slider.valueAsNumber - EPOCH) * DAY_MS);
    slider.setAttribute("aria-valuetext", shown.textContent);
  };
  box.hidden = false;
  slider.setAttribute("aria-valuetext", shown.textContent); // of several days all; the slider stands on the first
  slider.addEventListener("input", tell);
  let resting = null; // the day that the keys chose is not loaded yet
  let byKeys = false;
  const load = () => {
    clearTimeout(resting);
    resting = null;
    if (slider.value === slider.defaultValue) return;
    sessionStorage.setItem(HELD, "yes");
    field.value = iso(slider.valueAsNumber);
    field.form.requestSubmit();
  };
  slider.addEventListener("pointerdown", () => { byKeys = false; });
  slider.addEventListener("keydown", (event) => {
    byKeys = true;
    if (event.key === "Enter" && resting !== null) load();
  });
  slider.addEventListener("blur", () => { if (resting !== null) load(); });
  slider.addEventListener("change", () => {
    if (!byKeys) return load();
    clearTimeout(resting);
    resting = setTimeout(load, REST_MS);
  });
  if (sessionStorage.getItem(HELD)) slider.focus();
}
sessionStorage.removeItem(HELD);

for (const address of document.querySelectorAll("input.address")) {
  address.addEventListener("focus", () => address.select());
}
