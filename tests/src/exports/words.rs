//! The words that rows are made of. The names are everyday ones, put together by chance.

/// Given names and family names of one script.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) given: &'static [&'static str],
    pub(super) family: &'static [&'static str],
}

/// Scripts by their share of the rows, in percent. Four rows of ten have a name beyond ASCII.
pub(super) const SCRIPTS: &[(u64, &Script)] = &[
    (60, &PLAIN),
    (12, &ACCENTS),
    (5, &CYRILLIC),
    (4, &ARABIC),
    (4, &JAPANESE),
    (3, &CHINESE),
    (3, &DEVANAGARI),
    (3, &GREEK),
    (3, &HEBREW),
    (3, &KOREAN),
];

const PLAIN: Script = Script {
    given: &[
        "Anna", "Ben", "Carla", "David", "Emma", "Felix", "Grace", "Henry", "Ida", "James",
        "Karen", "Louis", "Maria", "Nora", "Oscar", "Paul", "Rosa", "Simon", "Tara", "Victor",
    ],
    family: &[
        "Baker", "Bergman", "Clark", "Costa", "Fischer", "Green", "Hill", "Jansen", "King", "Lund",
        "Marin", "Novak", "O'Brien", "Rossi", "Silva", "Smith", "Taylor", "Wagner", "Ward",
        "Young",
    ],
};

const ACCENTS: Script = Script {
    given: &[
        "André",
        "Björn",
        "Céline",
        "Désirée",
        "Elías",
        "François",
        "Inés",
        "Jiří",
        "José",
        "Łucja",
        "Márta",
        "Ömer",
        "Şule",
        "Zoë",
    ],
    family: &[
        "Böhm",
        "Çelik",
        "Dvořák",
        "Fernández",
        "García",
        "Größ",
        "Ibáñez",
        "Lefèvre",
        "Müller",
        "Nuñez",
        "Øster",
        "São João",
        "Świątek",
        "Žižek",
    ],
};

const CYRILLIC: Script = Script {
    given: &["Анна", "Борис", "Дарья", "Иван", "Олена", "Юлія"],
    family: &["Иванов", "Коваленко", "Петрова", "Смирнова", "Шевчук"],
};

const GREEK: Script = Script {
    given: &["Γιώργος", "Ελένη", "Κώστας", "Μαρία"],
    family: &["Αγγέλου", "Νικολάου", "Παππάς", "Οικονόμου"],
};

const ARABIC: Script = Script {
    given: &["أحمد", "فاطمة", "ليلى", "محمد", "يوسف"],
    family: &["الحداد", "النجار", "حسن", "خليل", "منصور"],
};

const HEBREW: Script = Script {
    given: &["דוד", "יעל", "נועה", "משה"],
    family: &["אברהם", "כהן", "לוי", "מזרחי"],
};

const CHINESE: Script = Script {
    given: &["伟", "芳", "娜", "秀英", "建国"],
    family: &["王", "李", "张", "刘", "欧阳"],
};

const JAPANESE: Script = Script {
    given: &["さくら", "ヒロシ", "花子", "健太", "陽菜"],
    family: &["佐藤", "鈴木", "高橋", "田中", "渡辺"],
};

const KOREAN: Script = Script {
    given: &["민준", "서연", "지훈", "하은"],
    family: &["김", "박", "이", "최"],
};

const DEVANAGARI: Script = Script {
    given: &["अनिल", "प्रिया", "राहुल", "सुनीता"],
    family: &["कुमार", "गुप्ता", "शर्मा", "सिंह"],
};

/// The start of an address. The domains are the three that are kept free for examples.
pub(super) const MAILBOXES: &[&str] = &[
    "anna",
    "b.clark",
    "c_silva",
    "d-lund",
    "emma.k",
    "f1",
    "grace+news",
    "h.young",
    "ida",
];
pub(super) const DOMAINS: &[&str] = &["example.com", "example.org", "example.net"];

/// Parts of a note: none holds a comma, a quote or a line break; those are put between them.
pub(super) const PHRASES: &[&str] = &[
    "Asked for a call in the morning",
    "Bought a gift card",
    "Came with two children",
    "Complained about the delivery",
    "Got the printed catalogue",
    "Has moved house",
    "Likes the shop by the river",
    "Mentioned a friend",
    "No newsletter please",
    "Orders every spring",
    "Pays by invoice",
    "Prefers paper bags",
    "Returned one item",
    "Spoke to the manager",
    "Use C:\\orders\\new for the receipt",
    "Waits for the blue one",
    "Wants 50% off & free shipping",
    "Wants to pick it up",
    "Will come back on Friday",
    "Writes <b>in bold</b>",
    "Yet to confirm",
    "Birthday in May 🎂",
    "Loves the café corner — often there",
    "Thanks for the quick help 👩🏽‍🌾👍",
];
