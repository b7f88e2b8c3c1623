// Names of made-up people; few enough that twins come by themselves, and some with signs that addresses do not have.
// prettier-ignore
export const firstNames = [
  'Ada', 'Adem', 'Aïcha', 'Alma', 'Anton', 'Björn', 'Bruno', 'Carla', 'Cem', 'Chloé', 'Dalia', 'Dario', 'Edda',
  'Eino', 'Elif', 'Esra', 'Fabio', 'Fatma', 'Gero', 'Gudrun', 'Hanna', 'Hugo', 'Ida', 'Igor', 'Ines', 'Ivan',
  'Jana', 'Jörg', 'Kaja', 'Karim', 'Lars', 'Leyla', 'Lotte', 'Maja', 'Milan', 'Mira', 'Nils', 'Nora', 'Olga',
  'Oskar', 'Paula', 'Pavel', 'Rana', 'René', 'Rosa', 'Samir', 'Selma', 'Sven', 'Tariq', 'Thea', 'Ulla', 'Vera',
];

// prettier-ignore
export const lastNames = [
  'Abend', 'Akın', 'Amsel', 'Bach', 'Berg', 'Birke', 'Bruhn', 'Çelik', 'Dahl', 'Demir', 'Dorn', 'Eder', 'Eich',
  'Falk', 'Fink', 'Forst', 'Fuchs', 'Gall', 'Gerst', 'Graf', 'Haas', 'Hahn', 'Holm', 'Horn', 'Ilić', 'Jansen',
  'Kaya', 'Kern', 'Klee', 'Koch', 'Kranz', 'Lind', 'Linde', 'Lund', 'Mohn', 'Moser', 'Müller', 'Nagel', 'Nowak',
  'Öztürk', 'Pohl', 'Quast', 'Rabe', 'Reh', 'Rosen', 'Roth', 'Sand', 'Şahin', 'Specht', 'Stein', 'Storch', 'Thal',
  'Ulm', 'Vogel', 'Wald', 'Weiss', 'Wolf', 'Yıldız', 'Zander', "O'Brien", 'Ziegler', 'Brandt', 'Castell', 'Duval',
];
