//! Words as an index keeps them: without accents, small, abbreviations written out.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What a word is worth in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Tells names apart: `rivadavia`.
    Plain,
    /// A number in a name: `9` of 9 de Julio, `13` of Calle 13.
    Number,
    /// A rank or title, often left out: `general`, `san`.
    Title,
    /// What kind of street it is: `avenida`.
    Kind,
    /// What every street is unless something else is said: `calle`, `rua`.
    Street,
    /// `de`, `la`.
    Small,
    /// An initial: `j`.
    Letter,
}

impl Class {
    /// The class of a canonical word.
    pub fn of(word: &str) -> Self {
        match word {
            "calle" | "rua" => Self::Street,
            "avenida" | "bulevar" | "pasaje" | "diagonal" | "camino" | "autopista" | "ruta" | "colectora"
            | "cortada" | "peatonal" | "sendero" | "costanera" | "acceso" | "travessa" | "praca"
            | "largo" | "estrada" | "alameda" | "praceta" | "viela" | "beco" | "calcada" | "escadas"
            | "rotunda" | "plaza" | "plazoleta" | "paseo" | "senda" | "callejon" | "rotonda" | "jardim"
            | "caminho" | "rampa" | "via" | "rodovia" | "nacional" | "provincial" => Self::Kind,
            "de" | "del" | "la" | "las" | "los" | "el" | "da" | "do" | "das" | "dos" | "of" | "the" | "e"
            | "y" | "a" | "o" | "em" | "en" => Self::Small,
            "general" | "coronel" | "teniente" | "capitan" | "almirante" | "brigadier" | "comandante"
            | "sargento" | "cabo" | "mayor" | "doctor" | "doctora" | "ingeniero" | "arquitecto"
            | "profesor" | "profesora" | "licenciado" | "presidente" | "intendente" | "gobernador"
            | "ministro" | "senador" | "diputado" | "san" | "santa" | "santo" | "sao" | "monsenor"
            | "padre" | "fray" | "cardenal" | "obispo" | "papa" | "don" | "dona" | "dom" | "senora"
            | "hermanos" | "maestro" | "virrey" | "conde" | "rey" | "reina" | "hermana" | "soldado"
            | "mariscal" | "comodoro" | "contraalmirante" | "vicealmirante" | "subteniente" | "comisario"
            | "cacique" | "visconde" => Self::Title,
            _ if word.bytes().all(|b| b.is_ascii_digit()) => Self::Number,
            _ if word.len() == 1 => Self::Letter,
            _ => Self::Plain,
        }
    }

    /// How much a word of the class counts when a query is compared with a name.
    pub fn weight(self) -> f32 {
        match self {
            Self::Plain | Self::Number => 1.0,
            Self::Title | Self::Letter => 0.35,
            Self::Kind => 0.25,
            Self::Street => 0.1,
            Self::Small => 0.06,
        }
    }

    /// How much a word of the class counts when the name has it and the query has not.
    pub fn missing(self) -> f32 {
        match self {
            Self::Plain | Self::Number => 0.4,
            Self::Title | Self::Letter => 0.1,
            Self::Kind => 0.03,
            Self::Street | Self::Small => 0.01,
        }
    }

    /// May a name be looked up by this word alone?
    pub fn is_telling(self) -> bool {
        matches!(self, Self::Plain | Self::Number | Self::Title)
    }
}

/// Small letters without accents; `ñ` becomes `n`, apostrophes and ordinal signs go. Punctuation stays.
pub fn fold(text: &str) -> String {
    let is_dropped =
        |c: &char| matches!(c, '\'' | '’' | '‘' | '´' | '`' | 'º' | 'ª' | '°' | '\u{200b}' | '\u{feff}');
    text.nfd()
        .filter(|c| !is_combining_mark(*c) && !is_dropped(c))
        .flat_map(char::to_lowercase)
        .flat_map(|c| match c {
            'ß' => ['s', 's'],
            'æ' => ['a', 'e'],
            'ø' => ['o', '\0'],
            'ł' => ['l', '\0'],
            'đ' => ['d', '\0'],
            _ => [c, '\0'],
        })
        .filter(|c| *c != '\0' && !is_combining_mark(*c))
        .collect()
}

/// The words of folded text, not yet canonical.
pub fn split(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty())
}

/// The canonical words of a name, in order.
pub fn words(name: &str) -> Vec<String> {
    split(&fold(name)).map(|w| canonical(w).to_owned()).collect()
}

/// The one spelling of a folded word: abbreviations written out, ordinals and spelled numbers as digits,
/// Portuguese titles as their Spanish sisters. A canonical word is its own canonical form.
pub fn canonical(word: &str) -> &str {
    if let Some(number) = ordinal(word) {
        return number;
    }
    match word {
        "av" | "avda" | "avd" | "ave" | "avenue" => "avenida",
        "bv" | "bvd" | "blv" | "blvd" | "bulv" | "boulevard" | "bvard" | "boul" | "bvar" => "bulevar",
        "pje" | "pj" | "psje" | "pasje" | "passagem" => "pasaje",
        "diag" | "dg" => "diagonal",
        "cno" | "cmno" => "camino",
        "autop" | "aut" | "auto" => "autopista",
        "cjon" => "callejon",
        "tv" | "trav" | "tr" => "travessa",
        "pca" | "pc" => "praca",
        "lg" | "lgo" => "largo",
        "estr" => "estrada",
        "alam" => "alameda",
        "cc" | "calc" => "calcada",
        "plza" | "pza" | "plz" => "plaza",
        "gral" | "gen" | "gal" | "gnral" => "general",
        "cnel" | "cel" => "coronel",
        "tte" | "ten" | "tenente" => "teniente",
        "cap" | "cptan" | "capitao" => "capitan",
        "alte" | "alm" => "almirante",
        "brig" | "brigadeiro" => "brigadier",
        "cmte" | "cdte" | "cte" => "comandante",
        "sgto" | "sarg" => "sargento",
        "cdro" => "comodoro",
        "dr" | "doutor" => "doctor",
        "dra" | "doutora" => "doctora",
        "ing" | "eng" | "engenheiro" => "ingeniero",
        "arq" | "arquiteto" | "arquitecta" => "arquitecto",
        "prof" | "professor" => "profesor",
        "profa" | "professora" => "profesora",
        "lic" => "licenciado",
        "pte" | "pdte" | "presid" | "pres" => "presidente",
        "int" | "inte" => "intendente",
        "gob" | "gdor" | "gobdor" | "gov" | "governador" => "gobernador",
        "min" => "ministro",
        "sen" => "senador",
        "dip" => "diputado",
        "sn" => "san",
        "sta" => "santa",
        "sto" => "santo",
        "mons" | "monsenhor" => "monsenor",
        "pe" => "padre",
        "sra" | "senhora" => "senora",
        "ntra" | "nsa" | "nossa" => "nuestra",
        "hnos" => "hermanos",
        "mtro" => "maestro",
        "fco" => "francisco",
        "vte" => "vicente",
        "bme" => "bartolome",
        "bdo" => "bernardo",
        "hta" => "hasta",
        "bo" | "bairro" => "barrio",
        "primero" | "primeiro" => "1",
        "tres" => "3",
        "cuatro" => "4",
        "cinco" => "5",
        "seis" => "6",
        "siete" => "7",
        "ocho" => "8",
        "nueve" => "9",
        "diez" => "10",
        "once" => "11",
        "doce" => "12",
        "trece" => "13",
        "catorce" => "14",
        "quince" => "15",
        "dieciseis" => "16",
        "diecisiete" => "17",
        "dieciocho" => "18",
        "diecinueve" => "19",
        "veinte" => "20",
        "veintiuno" => "21",
        "veintidos" => "22",
        "veintitres" => "23",
        "veinticuatro" => "24",
        "veinticinco" => "25",
        "veintiseis" => "26",
        "veintisiete" => "27",
        "veintiocho" => "28",
        "veintinueve" => "29",
        "treinta" => "30",
        _ => word,
    }
}

/// `1ro`, `2da`, `3er`, `5o`, `007`: their digits without leading zeros.
fn ordinal(word: &str) -> Option<&str> {
    let end = word.find(|c: char| !c.is_ascii_digit()).unwrap_or(word.len());
    let (digits, ending) = word.split_at_checked(end)?;
    let is_ordinal = matches!(
        ending,
        "" | "ro"
            | "er"
            | "ra"
            | "do"
            | "da"
            | "to"
            | "ta"
            | "mo"
            | "ma"
            | "vo"
            | "va"
            | "no"
            | "na"
            | "o"
            | "a"
    );
    (!digits.is_empty() && is_ordinal).then(|| {
        let short = digits.trim_start_matches('0');
        if short.is_empty() { "0" } else { short }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_read_as_people_mean_them() {
        for (written, meant) in [
            ("Av. Gral. San Martín", "avenida general san martin"),
            ("AVENIDA GENERAL SAN MARTIN", "avenida general san martin"),
            ("Bv. Oroño", "bulevar orono"),
            ("Bulevar Oron\u{303}o", "bulevar orono"),
            ("Pje. Dr. Álvarez", "pasaje doctor alvarez"),
            ("1º de Mayo", "1 de mayo"),
            ("Primero de Mayo", "1 de mayo"),
            ("1ro. de Mayo", "1 de mayo"),
            ("Veinticinco de Mayo", "25 de mayo"),
            ("Tte. Gral. O'Higgins", "teniente general ohiggins"),
            ("Sta. Fe", "santa fe"),
            ("Calle 007", "calle 7"),
            ("Rua do Dr. Lacerda", "rua do doctor lacerda"),
            ("Praça da República", "praca da republica"),
        ] {
            assert_eq!(words(written).join(" "), meant, "{written}");
        }
    }

    proptest! {
        /// What was folded is folded.
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        /// A canonical word is its own canonical form.
        #[test]
        fn canonical_words_stay(name in "[A-Za-zÁÉÍÓÚÑáéíóúñüçãõ0-9º.' ]{0,40}") {
            let once = words(&name);
            prop_assert_eq!(words(&once.join(" ")), once);
        }

        /// Accents, capitals and the composition of letters do not matter.
        #[test]
        fn accents_do_not_matter(name in "[a-zñáéíóúü]{1,12}( [a-zñáéíóúü]{1,12}){0,3}") {
            let decomposed: String = name.nfd().collect();
            prop_assert_eq!(words(&name), words(&decomposed));
            prop_assert_eq!(words(&name), words(&name.to_uppercase()));
        }
    }
}
