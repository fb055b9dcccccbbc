//! actix shells: who is alive, mailboxes, timers. Decides nothing.
