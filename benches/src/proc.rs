//! What Linux says about processes: children, memory, processor time, load, and bytes held by sockets.

use std::collections::HashMap;
use std::fs;

/// All processes: pid to (parent, processor ticks, resident pages).
fn processes() -> HashMap<i32, (i32, u64, u64)> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    let pids = entries.flatten().filter_map(|e| e.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(|pid| Some((pid, stat(pid)?))).collect()
}

fn stat(pid: i32) -> Option<(i32, u64, u64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces: fields are counted behind the last one.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |i: usize| fields.get(i)?.parse::<u64>().ok();
    Some((number(1)? as i32, number(11)? + number(12)?, number(21)?))
}

/// All descendants of `root`.
pub fn descendants(root: i32) -> Vec<i32> {
    let all = processes();
    let mut found = vec![root];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(all.iter().filter(|(_, (of, _, _))| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.remove(0);
    found
}

/// The command line of a process, spaces between words.
pub fn command_line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).replace('\0', " ").trim().to_owned()
}

/// Processor seconds of a process so far (user and system, threads included).
pub fn cpu_s(pid: i32) -> f64 {
    stat(pid).map_or(0.0, |(_, ticks, _)| ticks as f64 / 100.0)
}

/// Processor seconds of all PostgreSQL backends below `root`, or of the machine's where `root` has none.
pub fn postgres_cpu_s(root: i32) -> f64 {
    let below: Vec<i32> = descendants(root).into_iter().filter(|pid| is_postgres(*pid)).collect();
    let pids = if below.is_empty() {
        processes().into_keys().filter(|pid| is_postgres(*pid)).collect()
    } else {
        below
    };
    pids.into_iter().map(cpu_s).sum()
}

fn is_postgres(pid: i32) -> bool {
    let line = command_line(pid);
    line.contains("postgres")
}

/// PostgreSQL backends that serve clients below `root`, newest last.
pub fn postgres_backends(root: i32) -> Vec<i32> {
    const UPKEEP: [&str; 7] =
        ["checkpointer", "writer", "autovacuum", "logical", "logger", "archiver", "startup"];
    let mut pids: Vec<i32> = descendants(root)
        .into_iter()
        .filter(|pid| {
            let line = command_line(*pid);
            line.starts_with("postgres: ") && !UPKEEP.iter().any(|word| line.contains(word))
        })
        .collect();
    pids.sort_unstable();
    pids
}

/// Resident bytes of a process.
pub fn resident_bytes(pid: i32) -> u64 {
    stat(pid).map_or(0, |(_, _, pages)| pages * 4096)
}

/// The one-minute load average.
pub fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0.0)
}

/// Processor seconds of this process.
pub fn own_cpu_s() -> f64 {
    cpu_s(std::process::id() as i32)
}

/// Process id of whoever listens on a local TCP port; 0 where nobody does or it is not ours to see.
pub fn listener(port: u16) -> i32 {
    let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let inode = table.lines().skip(1).find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let local = u16::from_str_radix(fields.get(1)?.rsplit(':').next()?, 16).ok()?;
        (local == port && *fields.get(3)? == "0A").then(|| fields.get(9).map(|i| format!("socket:[{i}]")))?
    });
    let Some(inode) = inode else { return 0 };
    let holds = |pid: &i32| {
        let entries = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        entries.filter_map(|e| fs::read_link(e.path()).ok()).any(|to| to.as_os_str() == inode.as_str())
    };
    processes().into_keys().find(holds).unwrap_or(0)
}

/// Kernel memory of the server's sockets to the given client ports, bytes.
///
/// `ss -tmn` tells what the kernel really holds (`skmem`: receive, send and backlog, overhead included); where
/// it is missing, the queues of `/proc/net/tcp` are a lower bound. Ports are the clients' local ports.
pub fn socket_bytes(server_port: u16, client_ports: &[u16]) -> u64 {
    let output =
        std::process::Command::new("ss").args(["-tmnH", "sport", "=", &format!(":{server_port}")]).output();
    match output {
        Ok(output) if output.status.success() => {
            skmem(&String::from_utf8_lossy(&output.stdout), client_ports)
        }
        _ => queues(&fs::read_to_string("/proc/net/tcp").unwrap_or_default(), server_port, client_ports),
    }
}

fn skmem(text: &str, client_ports: &[u16]) -> u64 {
    let mut sum = 0;
    let mut ours = false;
    for line in text.lines() {
        if !line.starts_with(char::is_whitespace) {
            let peer = line.split_whitespace().nth(4).and_then(|a| a.rsplit(':').next()?.parse::<u16>().ok());
            ours = peer.is_some_and(|port| client_ports.contains(&port));
        }
        if let Some((_, memory)) = line.split_once("skmem:(").filter(|_| ours) {
            // r: allocated for receiving, t: for sending (in flight), w: queued, o: options, bl: backlog.
            let part = |key: &str| {
                let fields = memory.trim_end_matches(')').split(',');
                fields.filter_map(|f| f.strip_prefix(key)?.parse::<u64>().ok()).next().unwrap_or(0)
            };
            sum += part("r") + part("w") + part("bl");
        }
    }
    sum
}

fn queues(text: &str, server_port: u16, client_ports: &[u16]) -> u64 {
    let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
    let lines = text.lines().skip(1).filter_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (local, remote) = (port(fields.get(1)?)?, port(fields.get(2)?)?);
        let (sent, received) = fields.get(4)?.split_once(':')?;
        let bytes = u64::from_str_radix(sent, 16).ok()? + u64::from_str_radix(received, 16).ok()?;
        (local == server_port && client_ports.contains(&remote)).then_some(bytes)
    });
    lines.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_itself() {
        let me = std::process::id() as i32;
        assert!(resident_bytes(me) > 100_000);
        assert!(command_line(me).contains("campo"));
        assert!(load_average() >= 0.0);
    }

    #[test]
    fn finds_a_listener() {
        let ours = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        assert_eq!(listener(ours.local_addr().unwrap().port()), std::process::id() as i32);
    }

    #[test]
    fn reads_socket_memory() {
        let text = "ESTAB 0 99 127.0.0.1:8080 127.0.0.1:50001\n\t skmem:(r10,rb131072,t0,tb2626560,f0,w200,o0,bl1,d0)\n\
                    ESTAB 0 0 127.0.0.1:8080 127.0.0.1:50002\n\t skmem:(r1,rb1,t0,tb1,f0,w1,o0,bl0,d0)\n";
        assert_eq!(skmem(text, &[50001]), 211);
        let one_line = "ESTAB 0 99 127.0.0.1:8080 127.0.0.1:50001 skmem:(r10,rb1,t0,tb1,f0,w200,o0,bl1,d0)\n";
        assert_eq!(skmem(one_line, &[50001]), 211);
        let table = "h\n 0: 0100007F:1F90 0100007F:C351 01 00000063:00000001 00:0 0 0 0 0\n";
        assert_eq!(queues(table, 8080, &[50001]), 100);
    }
}
