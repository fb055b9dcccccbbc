//! Drivers that speak the wire contract, and the oracle that judges what they were promised.
//!
//! | room | what it is |
//! | --- | --- |
//! | [`client`] | a phone and a dispatcher's screen, without a screen |
//! | [`swarm`] | thousands of phones in one thread |
//! | [`town`] | an invented Argentine town: streets, OSM extract, routes |
//! | [`oracle`] | acked against stored, transitions, gaps |
//! | [`drive`], [`replay`], [`load`], [`crash`], [`hostile`], [`floor`] | one command each |
//! | [`fakes`] | Meta, Twilio, OpenAI, SMTP and push as they are, with scripted faults |
//! | [`flow`] | messages and webhooks at rate and under fire; the queue |
//! | [`secrets`] | a broad run at the loudest log, and no secret in it |
//! | [`worlds`] | one organization beside two different others: nothing differs |
//! | [`eta`] | error and coverage of arrival times, beside OSRM |
//! | [`mapbuild`] | time and memory of a build, beside reading alone and OSRM |
//! | [`matching`] | laying trips onto roads, beside OSRM |
//! | [`nearest`] | the nearest of a million points that move |
//! | [`reads`] | REST as the office reads it |
//! | [`osrm`] | that peer: made, served, taken away |
//! | [`server`], [`campo`], [`rest`], [`target`] | how a driver gets a server, people and rights |

pub mod campo;
pub mod client;
pub mod clock;
pub mod crash;
pub mod drive;
pub mod error;
pub mod eta;
#[cfg(test)]
mod fake;
pub mod fakes;
pub mod floor;
pub mod flow;
pub mod hostile;
pub mod load;
pub mod mapbuild;
pub mod matching;
pub mod nearest;
pub mod oracle;
pub mod osrm;
pub mod places;
pub mod proc;
pub mod reads;
pub mod replay;
pub mod rest;
pub mod rng;
pub mod route;
pub mod say;
pub mod secrets;
pub mod server;
pub mod swarm;
pub mod target;
pub mod town;
pub mod verify;
pub mod worlds;
