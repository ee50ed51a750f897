/** Words that made reviews are made of. */

/** What is said about each aspect: its names, and words that praise or blame it alone. */
export const SUBJECTS: readonly { readonly names: string; readonly good: string; readonly bad: string }[] = [
  {
    names: "look head colour lacing appearance pour body-of-foam haze",
    good: "clear golden creamy-topped shining",
    bad: "murky dull headless grey",
  },
  {
    names: "smell aroma nose scent bouquet whiff",
    good: "fragrant floral citrusy bready",
    bad: "skunky musty stale-smelling soapy",
  },
  {
    names: "palate mouthfeel carbonation feel texture finish",
    good: "crisp silky lively velvety",
    bad: "watery flat syrupy gritty",
  },
  {
    names: "taste flavour malt hops sweetness bitterness",
    good: "delicious balanced tasty juicy",
    bad: "bland metallic sour-milky burnt",
  },
];

/** What nobody rates. */
export const OTHERS = "label bottle price bar waiter glass evening packaging crowd music";

/** Said of anything. */
export const GOOD = "good nice pleasant lovely great decent impressive fine enjoyable wonderful";
export const BAD = "bad poor weak awful disappointing terrible boring mediocre unpleasant lousy";

/** Words of strength, weakest first: none stands in the middle. */
export const STRENGTHS: readonly string[] = ["slightly somewhat", "", "very really", "extremely incredibly"];

export const VERBS = "is was seems looks feels";

/** Words without an opinion, the most frequent first. */
export const FILLER =
  "the a and of this it to in i with that for from on as but at my so there one by some me all out into just which you after then when poured pint had been they its about can more up what first two drink drinking time night again friend brewery batch served cold cellar tap draft shared weekend store bought last year trip city found another sample pack style ale lager stout porter saison wheat pilsner dark light brown amber red black yellow orange foam yeast bread caramel chocolate coffee fruit lemon pepper spice oak vanilla grass pine honey nuts smoke banana clove plum cherry apple pear toast grain corn rice water sugar alcohol percent strong session pair cheese burger dinner table summer winter fall spring rain sun porch boat game fire";
