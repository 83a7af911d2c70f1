// Explains dates while they are typed, looks subjects up, narrows the types of facts to what is typed, and tells who goes
// back to a preview that the fact is recorded by now. Without it the same is told when the form is sent.
(() => {
  const WAIT_MS = 250;
  const SHOWN_MAX = 12;

  // Calls `ask` once nothing was typed for a moment; an answer that comes late is dropped.
  const typing = (input, ask) => {
    let timer = 0;
    let latest = 0;
    input.addEventListener("input", () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(async () => {
        const mine = ++latest;
        const use = await ask(input.value.trim());
        if (mine === latest) use();
      }, WAIT_MS);
    });
  };

  const json = async (address) => {
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      return await answer.json();
    } catch {
      return null; // no connection: the form works as it does without a script
    }
  };

  for (const form of document.querySelectorAll("form.fact")) {
    const home = form.dataset.home;
    for (const input of form.querySelectorAll("[data-date]")) {
      const told = document.getElementById(`${input.id}-told`);
      typing(input, async (text) => {
        const found = text ? await json(`${home}/dates?edtf=${encodeURIComponent(text)}`) : null;
        return () => { told.textContent = (found && (found.told || found.detail)) || ""; };
      });
    }
    for (const input of form.querySelectorAll("[data-search]")) {
      const list = input.list;
      typing(input, async (text) => {
        const q = text.replace(/^[a-z]+\//, "").replaceAll("-", " ").trim();
        const found = q ? await json(`${home}${input.dataset.search}?limit=${SHOWN_MAX}&q=${encodeURIComponent(q)}`) : null;
        return () => {
          if (!found || !found.items) return;
          list.replaceChildren(...found.items.map((item) => new Option(item.name, item.id)));
        };
      });
    }
  }

  for (const form of document.querySelectorAll("form[data-filter]")) {
    const none = document.getElementById("none");
    const types = document.getElementById(form.dataset.filter);
    form.addEventListener("input", (event) => {
      const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
      let found = 0;
      for (const section of types.querySelectorAll("section")) {
        let here = 0;
        for (const item of section.querySelectorAll("li")) {
          item.hidden = !words.every((word) => item.dataset.said.includes(word));
          here += !item.hidden;
        }
        section.hidden = !here;
        found += here;
      }
      none.textContent = found ? "" : none.dataset.text;
    });
  }

  const notice = document.querySelector("[data-recorded]");
  if (notice) {
    window.addEventListener("pageshow", async (event) => {
      const [visit] = performance.getEntriesByType("navigation");
      if (!event.persisted && visit?.type !== "back_forward") return;
      const found = await json(notice.dataset.recorded);
      if (!found || !found.position) return;
      document.getElementById("position").textContent = found.position;
      notice.hidden = false;
      document.getElementById("not-yet").hidden = true;
    });
  }
})();
