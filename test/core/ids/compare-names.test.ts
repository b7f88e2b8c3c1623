import { expect, it } from 'vitest';
import { compareNames } from '../../../src/core/ids/compare-names.ts';

const shown = (displayName: string) => ({ displayName, givenName: null, surname: null });

// By hand: two names as directories show them, and what they have in common.
const table = `
Jane Müller | Jane Mueller | agree
Jane Müller | Jane Muller | agree
Müller, Jane | Jane Müller | agree
MÜLLER Jane | jane müller | agree
Jürgen Groß | Juergen Gross | agree
Søren Ørsted | Soren Orsted | agree
Søren Ørsted | Soeren Oersted | agree
Åsa Åberg | Asa Aberg | agree
Åsa Åberg | Aasa Aaberg | agree
Łukasz Wójcik | Lukasz Wojcik | agree
Işıl Çelik | Isil Celik | agree
İbrahim Kaya | Ibrahim Kaya | agree
Þórunn Guðmundsdóttir | Thorunn Gudmundsdottir | agree
José García | Jose\u0301 Garci\u0301a | agree
Jane Roe (ext) | Jane Roe | agree
Jane Roe [Contractor] | Roe, Jane | agree
Roe, Jane - Sales | Jane Roe | agree
Jane Roe | Sales | Jane Roe | skip
Dr. Jane Roe | Jane Roe | agree
Prof. Dr. Jane Roe | Roe, Jane, PhD | agree
Roe, Jane, Dr. | Jane Roe | agree
Jane Roe, MBA | Jane Roe | agree
Jane Ann Roe | Jane Roe | agree
Hans-Peter Müller | Hans Peter Müller | agree
Anne-Marie Roe | Anne Roe | agree
Jane Roe-Miller | Jane Roe | agree
Jane Roe-Miller | Jane Miller | agree
Pieter van der Berg | Pieter Berg | agree
Pieter van der Berg | Berg, Pieter van der | agree
Pieter van den Berg | Pieter Vandenberg | skip
Saleh bin Omar | Saleh Omar | agree
Sean O'Brien | Sean OBrien | agree
Sean O’Brien | O'Brien, Sean | agree
Chris Roe | Christopher Roe | agree
Alex Roe | Alexander Roe | agree
Дмитрий Иванов | Dmitri Ivanov | agree
Дмитрий Иванов | Dmitry Ivanov | agree
Сергей Петров | Sergey Petrov | agree
Сергей Петров | Sergei Petrov | agree
Юлия Жукова | Yuliya Zhukova | agree
Γιώργος Παππάς | Giorgos Pappas | agree
Wang Xiao Ming | Xiaoming Wang | agree
王伟 (Wei Wang) | Wang Wei | agree
María José García López | María García | agree
John Smith Jr. | John Smith | agree
J. Müller | Jane Müller | partly
Müller, J. | Jane Mueller | partly
Jane Müller | Jane Roe | partly
Jane Roe | John Roe | partly
Jane Roe | Jane | partly
Bob Roe | Robert Roe | partly
Jane Roe | Jnae Roe | partly
John Smith Jr. | John Smith Sr. | partly
John Smith II | John Smith III | partly
Daniel Roe | Daniel Hill | partly
Jane Roe | Peter Hill | nothing
Anna Adler | Bert Brandt | nothing
J. Roe | John Hill | nothing
Иван Волков | Olga Smirnova | nothing
王伟 | Wei Wang | cannot-tell
田中太郎 | 佐藤花子 | cannot-tell
김민수 | Kim Minsu | cannot-tell
محمد علي | Mohammed Ali | cannot-tell
`
  .trim()
  .split('\n')
  .map((line) => line.replaceAll('\\u0301', '\u0301').split(' | '))
  .filter((cells) => cells.length === 3 && cells[2] !== 'skip');

it.each(table)('takes "%s" and "%s" to %s, from either side', (left = '', right = '', answer = '') => {
  expect(compareNames(shown(left), shown(right)).answer).toBe(answer);
  expect(compareNames(shown(right), shown(left)).answer).toBe(answer);
});

it('says which part is the same and which is not', () => {
  expect(compareNames(shown('Jane Müller'), shown('Jane Roe'))).toMatchObject({ same: 'given', differs: 'surname' });
  expect(compareNames(shown('Jane Roe'), shown('John Roe'))).toMatchObject({ same: 'surname', differs: 'given' });
  expect(compareNames(shown('J. Roe'), shown('Jane Roe'))).toMatchObject({
    same: 'surname and initial',
    differs: 'none',
  });
  expect(compareNames(shown('John Roe Jr.'), shown('John Roe Sr.'))).toMatchObject({ differs: 'generation' });
});

it('takes given name and surname that were filled the wrong way round', () => {
  const left = { displayName: null, givenName: 'Roe', surname: 'Jane' };
  expect(compareNames(left, { displayName: 'Jane Roe', givenName: 'Jane', surname: 'Roe' }).answer).toBe('agree');
});

it('cannot tell without a name', () => {
  expect(compareNames({ displayName: null, givenName: null, surname: null }, shown('Jane Roe')).answer).toBe(
    'cannot-tell',
  );
});
