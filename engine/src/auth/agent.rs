//! What a browser says of itself, in words that its owner knows: for the list of one's own sessions.

use serde::Serialize;

/// A device as its owner would call it. What is not recognized is null: nothing depends on it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = LoginDevice)]
pub struct DeviceInfo {
    /// `mobile`, `tablet` or `desktop`.
    pub platform: Option<&'static str>,
    /// As `Android`.
    pub os: Option<&'static str>,
    /// As `Firefox`.
    pub browser: Option<&'static str>,
}

/// The first sign that is found names it: every browser pretends to be the ones before it.
const BROWSERS: [(&str, &str); 9] = [
    ("campo token", "campo"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str, &str); 8] = [
    ("iPhone", "iOS", "mobile"),
    ("iPad", "iPadOS", "tablet"),
    ("Android", "Android", "mobile"),
    ("Windows", "Windows", "desktop"),
    ("CrOS", "ChromeOS", "desktop"),
    ("Macintosh", "macOS", "desktop"),
    ("Mac OS X", "macOS", "desktop"),
    ("Linux", "Linux", "desktop"),
];

/// Reads a `User-Agent`.
pub fn read(agent: &str) -> DeviceInfo {
    let browser = BROWSERS.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    let system = SYSTEMS.iter().find(|(sign, _, _)| agent.contains(sign));
    // Android says Mobile of phones alone.
    let platform = system.map(|(_, os, platform)| match *os {
        "Android" if !agent.contains("Mobile") => "tablet",
        _ => platform,
    });
    DeviceInfo { platform, os: system.map(|(_, os, _)| *os), browser }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_that_people_have() {
        for (agent, platform, os, browser) in [
            (
                "Mozilla/5.0 (Linux; Android 14; SM-A155M) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36",
                "mobile",
                "Android",
                "Chrome",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "mobile",
                "iOS",
                "Safari",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0",
                "desktop",
                "Windows",
                "Edge",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
                "desktop",
                "Linux",
                "Firefox",
            ),
            (
                "Mozilla/5.0 (Linux; Android 13; SM-X200) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0 Safari/537.36",
                "tablet",
                "Android",
                "Samsung Internet",
            ),
        ] {
            let found = read(agent);
            assert_eq!(
                (found.platform, found.os, found.browser),
                (Some(platform), Some(os), Some(browser)),
                "{agent}"
            );
        }
        assert_eq!(read(""), DeviceInfo::default());
        assert_eq!(read("curl/8.5.0"), DeviceInfo::default());
    }
}
