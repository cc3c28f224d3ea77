// The drop zone: a bar per item, two at a time, each sent as bare bytes (the server streams them to the store).
// Inside stands an ordinary form with a file field, which is what works without script.
//   <edms-upload data-address="/arrivals/bytes"> ; X-File-Name carries the original name, percent-encoded,
//   X-Once a mark that stays with the file when it is sent again.
// The server answers {"text": …, "href": …} or application/problem+json with "detail".
import { text, token } from "./page.js";

const AT_ONCE = 2;

class Upload extends HTMLElement {
  connectedCallback() {
    if (this.list) return;
    this.waiting = [];
    this.running = 0;
    this.zone = this.querySelector(".drop") ?? this;
    this.field = this.querySelector('input[type="file"]');
    this.list = this.querySelector(".uploads");
    this.field?.addEventListener("change", () => {
      this.take(this.field.files);
      this.field.value = "";
    });
    for (const button of this.querySelectorAll("[data-only-without-script]")) button.hidden = true;
    for (const kind of ["dragenter", "dragover"]) this.zone.addEventListener(kind, (e) => this.over(e, true));
    for (const kind of ["dragleave", "drop"]) this.zone.addEventListener(kind, (e) => this.over(e, false));
    this.zone.addEventListener("drop", (event) => this.take(event.dataTransfer.files));
    addEventListener("beforeunload", (event) => {
      if (this.running) event.preventDefault();
    });
  }

  over(event, on) {
    event.preventDefault();
    this.zone.classList.toggle("over", on);
  }

  take(files) {
    for (const file of files) this.waiting.push(this.row(file));
    this.next();
  }

  row(file) {
    const line = document.createElement("li");
    line.className = "upload";
    const name = document.createElement("span");
    name.className = "file-name";
    name.textContent = file.name;
    const said = document.createElement("span");
    said.className = "said";
    said.textContent = text("waiting");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text("cancel");
    const bar = document.createElement("progress");
    bar.max = file.size || 1;
    bar.value = 0;
    bar.setAttribute("aria-label", file.name);
    line.append(name, said, button, bar);
    this.list.append(line);
    const once = [...crypto.getRandomValues(new Uint8Array(12))].map((each) => each.toString(16).padStart(2, "0")).join("");
    const item = { file, line, name, said, button, bar, once };
    button.onclick = () => this.drop(item);
    return item;
  }

  drop(item) {
    this.waiting = this.waiting.filter((other) => other !== item);
    item.request?.abort();
    item.line.remove();
  }

  next() {
    while (this.running < AT_ONCE && this.waiting.length) this.start(this.waiting.shift());
  }

  start(item) {
    this.running += 1;
    item.line.classList.remove("failed");
    item.bar.hidden = false;
    const request = (item.request = new XMLHttpRequest());
    request.open("POST", this.dataset.address);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", token());
    request.setRequestHeader("X-Once", item.once); // sent again after a lost answer it is there once
    request.setRequestHeader("X-File-Name", encodeURIComponent(item.file.name));
    request.upload.onprogress = (event) => {
      item.bar.value = event.loaded;
      const share = event.total ? Math.floor((100 * event.loaded) / event.total) : 0;
      item.said.textContent = share < 100 ? `${share} %` : text("storing");
      if (share === 100) item.bar.removeAttribute("value");
    };
    request.onload = () => this.answered(item, request);
    request.onerror = () => this.failed(item, text("lineCut"));
    request.onloadend = () => {
      this.running -= 1;
      this.next();
    };
    request.send(item.file);
  }

  answered(item, request) {
    let body = {};
    try {
      body = JSON.parse(request.responseText);
    } catch {
      body = {};
    }
    if (request.status < 200 || request.status > 299) {
      this.failed(item, body.detail || text("notStored"));
      return;
    }
    item.line.classList.add("done");
    item.bar.hidden = true;
    item.button.remove();
    item.said.textContent = body.text || text("stored");
    if (body.href) {
      const link = document.createElement("a");
      link.href = body.href;
      link.textContent = item.file.name;
      item.name.replaceChildren(link);
    }
    this.dispatchEvent(new CustomEvent("edms:stored", { bubbles: true, detail: body }));
  }

  failed(item, sentence) {
    item.line.classList.add("failed");
    item.bar.hidden = true;
    item.said.textContent = sentence;
    item.button.textContent = text("again");
    item.button.onclick = () => {
      item.button.textContent = text("cancel");
      item.button.onclick = () => this.drop(item);
      this.waiting.push(item);
      this.next();
    };
  }
}
customElements.define("edms-upload", Upload);
