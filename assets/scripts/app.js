// Every page loads this one file. Each element below improves markup that already works without it.
import "./htmx-rules.js";
import "./hotkeys.js";
import "./lines.js";
import "./combobox.js";
import "./upload.js";
import "./files.js";
import "./pages.js";
import "./autosave.js";
import "./undo.js";
import "./copy.js";
import "./look.js";
import "./dates.js";
import "./guess.js";
import "./dialogs.js";
import "./tabs.js";

document.documentElement.classList.add("scripted");
