//! Prepared voice notes of the demonstration: what customers say, from plain to hardly usable.

/// A note: title, words, seconds.
#[derive(Debug, Clone, Copy)]
pub struct Note {
    /// What the button says.
    pub title: &'static str,
    /// What is said.
    pub words: &'static str,
    /// How long it is.
    pub seconds: u32,
}

/// All of them.
pub const NOTES: [Note; 5] = [
    Note {
        title: "Canilla que pierde",
        words: "Hola, soy Elena Cabrera. Se rompió la canilla de la cocina y pierde mucha agua. Estoy en Sarmiento \
                1541, barrio Centro. ¿Pueden venir mañana a la mañana? Es urgente.",
        seconds: 11,
    },
    Note {
        title: "Aire que no enfría",
        words: "Buenas, habla Roberto Giménez. El aire acondicionado Samsung del living no enfría y gotea adentro. Es \
                en Mitre 88. Puedo el viernes a la tarde.",
        seconds: 9,
    },
    Note {
        title: "Salta la térmica",
        words: "Hola, me llamo Hugo Villalba. Salta la térmica cada vez que prendo el horno, necesito que la revisen. \
                Vivo en Alsina 975. ¿Puede ser hoy a las 18?",
        seconds: 9,
    },
    Note {
        title: "Olor a gas",
        words: "Hola, hay olor a gas en la panadería y el horno no enciende. Belgrano 1210. Por favor vengan ya mismo.",
        seconds: 7,
    },
    Note {
        title: "Se entiende poco",
        words: "Hola, creo que es el termotanque, no sé, no anda bien, más o menos por la plaza.",
        seconds: 6,
    },
];
