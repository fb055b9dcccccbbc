//! Pure: coordinates, distances, H3 cells, traces, ETA models. No async, no network.
