//! Front door and the executable `campo`: routes, sockets, pages.
