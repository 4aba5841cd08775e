// The entry: each module enhances what the server sent, and the page works without any of them.
import { rememberThemes } from "./theme.js";
import { offerCopies } from "./copy.js";
import { upgradeGrid } from "./grid.js";
import { listenForKeys } from "./keys.js";
import { followLog } from "./log.js";
import { keepAgesFresh } from "./ages.js";
import { enhanceCharts } from "./chart.js";
import { goLive } from "./live.js";

rememberThemes(document);
offerCopies(document);
upgradeGrid(document);
listenForKeys(document);
followLog(document);
keepAgesFresh(document);
enhanceCharts(document);
document.body.dataset.enhanced = ""; // what is of use with scripts alone is shown
goLive(document);
