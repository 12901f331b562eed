// Light, dark, or as the system has it. The choice is remembered where the browser lets us.

const THEMES = ["automatic", "dark", "light"];
const THEME_KEY = "lockstep-theme";

function rememberedTheme() {
    try {
        const kept = localStorage.getItem(THEME_KEY);
        return THEMES.includes(kept) ? kept : THEMES[0];
    } catch {
        return THEMES[0];
    }
}

function applyTheme(theme) {
    setAttribute(document.documentElement, "data-theme", theme === THEMES[0] ? null : theme);
    setText(byId("theme"), `Theme: ${theme}`);
}

function offerThemes() {
    let theme = rememberedTheme();
    applyTheme(theme);
    byId("theme").addEventListener("click", () => {
        theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
        applyTheme(theme);
        try {
            localStorage.setItem(THEME_KEY, theme);
        } catch {
            // A browser that keeps nothing still changes for now.
        }
    });
}
