//! Who is on the other end of a connection, through trusted proxies.

use std::net::IpAddr;

use actix_web::HttpRequest;

/// Addresses and networks, as `10.0.0.0/8, 192.168.1.4, fd00::/8`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<(IpAddr, u8)>);

impl std::str::FromStr for Networks {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(str::trim)
            .filter(|n| !n.is_empty())
            .map(network)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn network(text: &str) -> Result<(IpAddr, u8), String> {
    let wrong = || format!("{text} is no address or network, as 10.0.0.1 or 10.0.0.0/8");
    let (ip, bits) = text.split_once('/').map_or((text, None), |(ip, bits)| (ip, Some(bits)));
    let ip: IpAddr = ip.parse().map_err(|_| wrong())?;
    let all = if ip.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        Some(bits) => bits.parse().ok().filter(|b| *b <= all).ok_or_else(wrong)?,
        None => all,
    };
    Ok((ip, bits))
}

impl Networks {
    /// Whether the address belongs to one of them.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|(net, bits)| match (net, ip) {
            (IpAddr::V4(net), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(*bits)).unwrap_or(0);
                net.to_bits() & mask == ip.to_bits() & mask
            }
            (IpAddr::V6(net), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(*bits)).unwrap_or(0);
                net.to_bits() & mask == ip.to_bits() & mask
            }
            _ => false,
        })
    }
}

/// The client's address: the peer's, or behind trusted proxies the last one that no trusted proxy has.
///
/// Read from the right, because each proxy appends what it saw: what stands further left was written by
/// the client and may be a lie.
pub fn client(peer: IpAddr, forwarded_for: &str, trusted: &Networks) -> IpAddr {
    let mut client = peer.to_canonical();
    for hop in forwarded_for.rsplit(',') {
        if !trusted.contains(client) {
            break;
        }
        let Ok(ip) = hop.trim().parse::<IpAddr>() else { break };
        client = ip.to_canonical();
    }
    client
}

/// [`client`] of a request.
pub fn of(request: &HttpRequest, trusted: &Networks) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::from([0, 0, 0, 0]), |a| a.ip());
    let hops: Vec<&str> =
        request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
    client(peer, &hops.join(","), trusted)
}

/// The form in which limits are kept: one IPv6 subscriber owns a whole /64.
pub fn limit_key(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let net = std::net::Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX));
            format!("{net}/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// Peer, X-Forwarded-For, who it is: with 10.0.0.0/8 trusted.
    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted: Networks = "10.0.0.0/8, ::1".parse().unwrap();
        for (peer, header, who) in [
            ("203.0.113.9", "1.2.3.4", "203.0.113.9"),
            ("10.0.0.1", "1.2.3.4", "1.2.3.4"),
            ("10.0.0.1", "6.6.6.6, 1.2.3.4", "1.2.3.4"),
            ("10.0.0.1", "6.6.6.6, 1.2.3.4, 10.9.9.9", "1.2.3.4"),
            ("10.0.0.1", "", "10.0.0.1"),
            ("10.0.0.1", "rubbish", "10.0.0.1"),
            ("::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4"),
            ("::1", "2001:db8::5", "2001:db8::5"),
        ] {
            assert_eq!(client(ip(peer), header, &trusted), ip(who), "{peer} {header}");
        }
    }

    #[test]
    fn a_v6_subscriber_is_one() {
        assert_eq!(limit_key(ip("2001:db8:1:2:3::4")), limit_key(ip("2001:db8:1:2:ffff::")));
        assert_ne!(limit_key(ip("2001:db8:1:2::")), limit_key(ip("2001:db8:1:3::")));
        assert_eq!(limit_key(ip("::ffff:1.2.3.4")), "1.2.3.4");
    }

    #[test]
    fn whole_and_empty_networks() {
        let all: Networks = "0.0.0.0/0".parse().unwrap();
        assert!(all.contains(ip("8.8.8.8")) && !all.contains(ip("::1")));
        assert_eq!("".parse::<Networks>().unwrap(), Networks::default());
        assert!("10.0.0.0/33".parse::<Networks>().is_err());
    }
}
