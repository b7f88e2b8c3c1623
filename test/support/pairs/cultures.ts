// Where made-up people get their names from: thirteen cultures, each with given names, surnames and its way of writing them.
import { type Dice } from '../dice.ts';

export type Culture = {
  readonly name: string;
  /** In a hundred people of the tenant, about. */
  readonly share: number;
  readonly given: readonly string[];
  readonly common: readonly string[];
  /** Surnames put together: a beginning and an end. */
  readonly beginnings: readonly string[];
  readonly ends: readonly string[];
  /** How people of it are also called; by given name as it is written here. */
  readonly calledAlso?: Readonly<Record<string, string>>;
  /** The same name in the culture's own alphabet; absent where that is Latin. */
  readonly ownWriting?: (name: string) => string;
  /** Surname before given name in the own writing. */
  readonly surnameFirst?: true;
};

const words = (text: string): string[] => text.split(' ');

/** Letters put one for another, the longest first. */
function letters(table: string): (name: string) => string {
  const pairs = words(table).map((pair) => pair.split('=') as [string, string]);
  pairs.sort(([a], [b]) => b.length - a.length);
  return (name) => {
    let written = '';
    for (let at = 0; at < name.length;) {
      const rest = name.slice(at).toLowerCase();
      const [from, to] = pairs.find(([latin]) => rest.startsWith(latin)) ?? [name[at] ?? '', name[at] ?? ''];
      const isCapital = name[at] !== rest[0];
      written += isCapital ? to.charAt(0).toUpperCase() + to.slice(1) : to;
      at += from.length;
    }
    return written;
  };
}

const cyrillic = letters(
  'shch=щ zh=ж kh=х ts=ц ch=ч sh=ш yu=ю ya=я ye=е a=а b=б v=в g=г d=д e=е z=з i=и y=й k=к l=л m=м n=н o=о p=п r=р s=с t=т u=у f=ф',
);
const greek = letters(
  'th=θ ch=χ ps=ψ ou=ου a=α v=β g=γ d=δ e=ε z=ζ i=ι k=κ l=λ m=μ n=ν x=ξ o=ο p=π r=ρ s=σ t=τ y=υ f=φ',
);
// One sign for a syllable; which sign does not matter, only that it is none of Latin.
const signs = (name: string): string =>
  [...name.matchAll(/[a-z]{1,3}[aeioun]?/gi)]
    .map(([syllable]) =>
      String.fromCodePoint(
        0x4e00 + (Array.from(syllable).reduce((sum, letter) => sum * 31 + (letter.codePointAt(0) ?? 0), 7) % 4_000),
      ),
    )
    .join('');

export const cultures: readonly Culture[] = [
  {
    name: 'German',
    share: 26,
    given: words(
      'Anna Jürgen Björn Käthe Stefan Sabine Wolfgang Ute Günther Hannelore Matthias Claudia Uwe Birgit Jörg Renate Dieter Monika Lukas Sophie Felix Lena Maximilian Charlotte Karl-Heinz Hans-Peter Anne-Marie Sören Thomas Michael Andreas Christian Christina Daniel Daniela Alexander',
    ),
    common: words(
      'Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Weiß Groß',
    ),
    beginnings: words(
      'Berg Wald Stein Linden Reut Ober Nieder Eich Hol Rös Küh Bach Brunn Königs Sonnen Kalten Alten Neu Gold Silber Feld Lüden Wester Öster Hammer',
    ),
    ends: words('mann er meier hofer huber bauer bach feld berger müller schmidt scheid loh becker horst'),
    calledAlso: {
      Alexander: 'Sascha',
      Hannelore: 'Lore',
      Wolfgang: 'Wolf',
      Maximilian: 'Max',
      Matthias: 'Matze',
      Günther: 'Gunter',
      Charlotte: 'Lotte',
    },
  },
  {
    name: 'English',
    share: 20,
    given: words(
      'James Robert William Elizabeth Margaret Christopher Thomas Jane John Katherine Richard Susan Edward Michael David Sarah Emma Oliver Benjamin Samantha Nicholas Rebecca Andrew Timothy Jennifer Matthew Patrick Abigail Jonathan Theodore',
    ),
    common: words(
      "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood Jackson Clarke O'Brien O'Neill McDonald MacGregor Fitzgerald",
    ),
    beginnings: words(
      'Ash Black Brad Burn Chester Dun East Fair Green Hamp Har Kings Lang Mill North Oak Pem Rams Stan Thorn Under Wal West Whit Wood',
    ),
    ends: words('ton ham ley ford worth bury field brook wood more son well ridge land stone'),
    calledAlso: {
      Robert: 'Bob',
      William: 'Bill',
      Elizabeth: 'Liz',
      Margaret: 'Peggy',
      Christopher: 'Chris',
      Thomas: 'Tom',
      Katherine: 'Kate',
      Richard: 'Dick',
      Edward: 'Ted',
      Benjamin: 'Ben',
      Samantha: 'Sam',
      Nicholas: 'Nick',
      Andrew: 'Andy',
      Timothy: 'Tim',
      Jennifer: 'Jen',
      Matthew: 'Matt',
      Patrick: 'Pat',
      Jonathan: 'Jon',
      Theodore: 'Teddy',
    },
  },
  {
    name: 'Nordic',
    share: 7,
    given: words(
      'Søren Åsa Bjørn Øyvind Linnéa Göran Märta Jørgen Astrid Håkan Ingrid Lars Mette Niels Kirsten Pål Sigríður Þórunn Jukka Päivi',
    ),
    common: words(
      'Hansen Johansson Olsen Nielsen Andersson Jensen Lindström Sørensen Åberg Bjørnsson Korhonen Mäkinen Østergaard',
    ),
    beginnings: words('Berg Lind Ny Sand Sten Ek Hög Ström Dal Norr Söder Vest Kjær Skov Ås Ør'),
    ends: words('gren ström berg gaard quist holm lund dahl man vik nes stad rud sen'),
  },
  {
    name: 'Polish',
    share: 6,
    given: words(
      'Łukasz Małgorzata Paweł Agnieszka Krzysztof Katarzyna Wojciech Zofia Grzegorz Elżbieta Michał Jadwiga Stanisław Barbara',
    ),
    common: words('Nowak Kowalski Wiśniewski Wójcik Kamiński Zieliński Szymański Woźniak Dąbrowski Łukaszewicz'),
    beginnings: words('Brzez Dąb Gór Jawor Kal Lip Malin Ostr Pawł Rut Sosn Świerk Wol Zawad Żur'),
    ends: words('owski iński ewicz owicz ak ik czyk ecki alski'),
    calledAlso: { Małgorzata: 'Gosia', Agnieszka: 'Aga', Katarzyna: 'Kasia', Krzysztof: 'Krzys' },
  },
  {
    name: 'Dutch',
    share: 6,
    given: words('Pieter Johannes Maartje Willem Sanne Joost Femke Daan Lotte Bram Anouk Hendrik'),
    common: [
      'de Vries',
      'van den Berg',
      'van Dijk',
      'Bakker',
      'Janssen',
      'Visser',
      'de Boer',
      'van der Meer',
      "van 't Hof",
    ],
    beginnings: ['van der ', 'van ', 'de ', 'ten ', 'van den ', ''],
    ends: words('Heuvel Linden Velden Broek Laan Wal Horst Veen Burg Haar Kamp Steen Poel Brink Zande Wouden'),
  },
  {
    name: 'Spanish',
    share: 7,
    given: [
      'María José',
      'José Luis',
      'Carmen',
      'Jesús',
      'Íñigo',
      'Begoña',
      'Sergio',
      'Lucía',
      'Andrés',
      'Andrea',
      'Álvaro',
      'Nuria',
      'Concepción',
      'Francisco',
    ],
    common: [
      'García López',
      'Martínez Ruiz',
      'Rodríguez Peña',
      'Fernández Muñoz',
      'Sánchez Gil',
      'Pérez Núñez',
      'Gómez Ibáñez',
      'Jiménez Vega',
    ],
    beginnings: words(
      'García López Martínez Ruiz Rodríguez Peña Fernández Muñoz Sánchez Gil Pérez Núñez Gómez Ibáñez Vega',
    ),
    ends: [
      ' Castro',
      ' Ortiz',
      ' Marín',
      ' Rubio',
      ' Sanz',
      ' Iglesias',
      ' Medina',
      ' Cortés',
      ' Castillo',
      ' Santos',
      ' Lozano',
      ' Guerrero',
      ' Cano',
    ],
    calledAlso: { Francisco: 'Paco', Concepción: 'Concha', 'José Luis': 'Pepe' },
  },
  {
    name: 'French',
    share: 5,
    given: words('François Hélène Jean-Pierre Marie-Claire Étienne Zoé Benoît Anaïs Gérard Élodie Loïc Aurélie'),
    common: words('Martin Bernard Dubois Lefèvre Moreau Girard Dupont Bélanger Côté'),
    beginnings: words('Beau Bois Châte Font Mont Rou Vill Lam Per Des Gran Char'),
    ends: words('champ ard eau in ier our ette elle igny ault bert'),
  },
  {
    name: 'Turkish',
    share: 4,
    given: words('Işıl Çağlar Şebnem Özgür Ümit İbrahim Ayşe Gökhan Nurgül Barış'),
    common: words('Yılmaz Kaya Demir Çelik Şahin Yıldız Öztürk Aydın Işık'),
    beginnings: words('Kara Ak Gök Al Bey Tok Öz Er Yıl Çak'),
    ends: words('taş oğlu gül han soy tekin demir kaya man er'),
  },
  {
    name: 'Arabic',
    share: 4,
    given: words('Mohammed Ahmed Fatima Yusuf Aisha Omar Khalid Layla Hassan Noor Abdullah Zainab'),
    common: [
      'al-Rashid',
      'bin Saleh',
      'El Amrani',
      'Haddad',
      'Mansour',
      'Khoury',
      'ibn Yusuf',
      'Abu Bakr',
      'al Farsi',
      'Nasser',
    ],
    beginnings: ['al-', 'bin ', 'El ', '', 'Abu '],
    ends: words('Qasim Tamimi Hariri Masri Sayegh Najjar Bitar Shami Kurdi Zaidi Jaber Darwish'),
    calledAlso: { Mohammed: 'Muhammad', Ahmed: 'Ahmad', Yusuf: 'Youssef' },
  },
  {
    name: 'Indian',
    share: 6,
    given: words('Priya Rajesh Ananya Vikram Lakshmi Suresh Deepika Arjun Kavitha Sanjay Meera Ravi'),
    common: words('Sharma Patel Singh Kumar Reddy Iyer Gupta Nair Rao Das'),
    beginnings: words('Venkat Rama Krishna Subra Chandra Naga Raja Siva Gopal Bala'),
    ends: words('swamy nathan murthy krishnan moorthy raman chari sekhar rao das'),
  },
  {
    name: 'Russian',
    share: 4,
    given: words('Dmitri Sergey Natalya Olga Mikhail Tatyana Aleksandr Yelena Nikolay Irina Andrey'),
    common: words('Ivanov Petrov Smirnov Kuznetsov Volkov Sokolov Lebedev Kozlov Morozov'),
    beginnings: words('Bel Gor Zhur Kras Med Nov Ozer Pavl Rom Shch'),
    ends: words('ov enko ukhin skiy in yakov etsov akov'),
    calledAlso: { Dmitri: 'Dmitry', Sergey: 'Sergei', Aleksandr: 'Alexander', Natalya: 'Natalia', Mikhail: 'Michail' },
    ownWriting: cyrillic,
  },
  {
    name: 'Greek',
    share: 2,
    given: words('Giorgos Eleni Dimitris Katerina Nikos Vasiliki Kostas Sofia'),
    common: words('Papadopoulos Nikolaidis Georgiou Pappas Dimitriou'),
    beginnings: words('Papa Chatzi Kara Mavro Xantho'),
    ends: words('nikolaou georgiou dakis poulos stathis theodorou'),
    ownWriting: greek,
  },
  {
    name: 'Chinese',
    share: 3,
    given: words('Wei Xiaoming Meiling Jun Yan Haoran Zihan Lili Guoqiang Ting'),
    common: words('Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma'),
    beginnings: words('Ou Si Zhu Shang'),
    ends: words('yang ma ge guan'),
    ownWriting: signs,
    surnameFirst: true,
  },
];

/** One of a list. The first ones come up more often, as names do. */
export function often<Item>(chance: Dice, list: readonly Item[]): Item {
  return itemAt(list, Math.floor(chance.next() ** 1.6 * list.length));
}

export function oneOf<Item>(chance: Dice, list: readonly Item[]): Item {
  return itemAt(list, chance.whole(0, list.length - 1));
}

function itemAt<Item>(list: readonly Item[], at: number): Item {
  const item = list[at];
  if (item === undefined) throw new RangeError(`nothing is at ${at}`);
  return item;
}

export function surnameOf(chance: Dice, culture: Culture): string {
  if (chance.next() < 0.3) return often(chance, culture.common);
  return `${oneOf(chance, culture.beginnings)}${oneOf(chance, culture.ends)}`;
}

const spelled: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', ø: 'oe', å: 'aa', æ: 'ae' };
const bare: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', æ: 'ae', ł: 'l', ı: 'i', þ: 'th', ð: 'd' };

/** Letters of an address: small Latin ones alone. `spells`: ä is ae there, elsewhere a. */
export function plainLetters(name: string, spells: boolean): string {
  return name
    .toLowerCase()
    .replaceAll('i̇', 'i')
    .normalize('NFC')
    .replace(/./gu, (letter) => (spells ? spelled[letter] : undefined) ?? bare[letter] ?? letter)
    .normalize('NFD')
    .replaceAll(/[^a-z-]/g, '');
}
