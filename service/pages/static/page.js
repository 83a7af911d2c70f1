// What pages can do besides where scripts run: the slider of days, and addresses that are marked to be copied. Everything else works without.
"use strict";

const DAY_MS = 86400000;
const EPOCH = 719163; // the number of 1970-01-01, days being counted from 0001-01-01 on

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
  slider.addEventListener("change", () => {
    field.value = iso(slider.valueAsNumber);
    field.form.requestSubmit();
  });
}

for (const address of document.querySelectorAll("input.address")) {
  address.addEventListener("focus", () => address.select());
}
