// Checks a log that cheget wrote, with the Go checksum database's own packages and nothing of ours:
// signed notes, cosignatures, tiles, entries, inclusion and consistency.
//
//	log_verifier FOLDER LOG_KEY [WITNESS_KEY...]
//
// FOLDER is laid out as C2SP tlog-tiles says; beside `checkpoint` there may be checkpoints/SIZE,
// proofs/*.tlog-proof and consistency/OLD-NEW, which are all checked too.
package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A witness's key, which signs a time with the note (C2SP tlog-cosignature).
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }
func (c *cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	header := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(header), msg...), sig[8:])
}

func newCosigner(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("malformed key")
	}
	hash, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return nil, err
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("not the key of an Ed25519 cosigner")
	}
	return &cosigner{parts[0], uint32(hash), ed25519.PublicKey(key[1:])}, nil
}

// Reads tiles of height 8 from the folder, under the paths that tlog-tiles gives them.
type folder struct{ root string }

func (f folder) Height() int                                { return 8 }
func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(f.root, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

type checker struct {
	folder    folder
	verifiers note.Verifiers
	signers   int
}

// Opens a checkpoint that all the given keys signed.
func (c *checker) open(data []byte) (tlog.Tree, error) {
	opened, err := note.Open(data, c.verifiers)
	if err != nil {
		return tlog.Tree{}, err
	}
	if len(opened.Sigs) != c.signers {
		return tlog.Tree{}, fmt.Errorf("%d of %d known keys signed", len(opened.Sigs), c.signers)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return tlog.Tree{}, errors.New("the checkpoint has not three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[1] != strconv.FormatInt(size, 10) {
		return tlog.Tree{}, errors.New("the checkpoint's size is malformed")
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// Every entry of the tree, out of the bundles, against the tree's hashes; an inclusion proof for each
// entry at the edges of tiles.
func (c *checker) entries(tree tlog.Tree) error {
	reader := tlog.TileHashReader(tree, c.folder)
	for start := int64(0); start < tree.N; start += 256 {
		width := tree.N - start
		path := tlog.Tile{H: 8, L: 0, N: start / 256, W: 256}
		if width < 256 {
			path.W = int(width)
		} else {
			width = 256
		}
		name := strings.Replace(path.Path(), "tile/8/0/", "tile/entries/", 1)
		data, err := os.ReadFile(filepath.Join(c.folder.root, name))
		if err != nil {
			return err
		}
		var indexes []int64
		var hashes []tlog.Hash
		for i := int64(0); i < width; i++ {
			if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
				return fmt.Errorf("%s ends within an entry", name)
			}
			end := 2 + int(binary.BigEndian.Uint16(data))
			indexes = append(indexes, tlog.StoredHashIndex(0, start+i))
			hashes = append(hashes, tlog.RecordHash(data[2:end]))
			data = data[end:]
		}
		if len(data) != 0 {
			return fmt.Errorf("%s has bytes left over", name)
		}
		stored, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for i := range hashes {
			if hashes[i] != stored[i] {
				return fmt.Errorf("entry %d is not what the tree holds", start+int64(i))
			}
		}
		for _, i := range []int64{start, start + width - 1} {
			proof, err := tlog.ProveRecord(tree.N, i, reader)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(proof, tree.N, tree.Hash, i, hashes[i-start]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *checker) entry(index, size int64) ([]byte, error) {
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: 256}
	if size-tile.N*256 < 256 {
		tile.W = int(size - tile.N*256)
	}
	name := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
	data, err := os.ReadFile(filepath.Join(c.folder.root, name))
	if err != nil {
		return nil, err
	}
	for i := tile.N * 256; i < index; i++ {
		data = data[2+int(binary.BigEndian.Uint16(data)):]
	}
	return data[2 : 2+int(binary.BigEndian.Uint16(data))], nil
}

func hashLines(text string) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if line == "" {
			continue
		}
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}

// A proof file (C2SP tlog-proof).
func (c *checker) proof(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, found := bytes.Cut(data, []byte("\n\n"))
	lines := strings.SplitN(string(head), "\n", 3)
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("not a proof file")
	}
	index, err := strconv.ParseInt(lines[1][len("index "):], 10, 64)
	if err != nil {
		return err
	}
	var proof tlog.RecordProof
	if len(lines) == 3 {
		if proof, err = hashLines(lines[2]); err != nil {
			return err
		}
	}
	tree, err := c.open(rest)
	if err != nil {
		return err
	}
	entry, err := c.entry(index, tree.N)
	if err != nil {
		return err
	}
	return tlog.CheckRecord(proof, tree.N, tree.Hash, index, tlog.RecordHash(entry))
}

func (c *checker) consistency(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	proof, err := hashLines(string(data))
	if err != nil {
		return err
	}
	older, newer, _ := strings.Cut(filepath.Base(path), "-")
	var trees [2]tlog.Tree
	for i, size := range []string{older, newer} {
		checkpoint, err := os.ReadFile(filepath.Join(c.folder.root, "checkpoints", size))
		if err != nil {
			return err
		}
		if trees[i], err = c.open(checkpoint); err != nil {
			return err
		}
	}
	return tlog.CheckTree(proof, trees[1].N, trees[1].Hash, trees[0].N, trees[0].Hash)
}

// Whether the newest tree begins with an older one, by hashes out of the tiles alone.
func (c *checker) grown(older, newest tlog.Tree) error {
	reader := tlog.TileHashReader(newest, c.folder)
	proof, err := tlog.ProveTree(newest.N, older.N, reader)
	if err != nil {
		return err
	}
	return tlog.CheckTree(proof, newest.N, newest.Hash, older.N, older.Hash)
}

func (c *checker) run() (int64, error) {
	data, err := os.ReadFile(filepath.Join(c.folder.root, "checkpoint"))
	if err != nil {
		return 0, err
	}
	newest, err := c.open(data)
	if err != nil {
		return 0, fmt.Errorf("checkpoint: %w", err)
	}
	if err := c.entries(newest); err != nil {
		return 0, err
	}
	parts := []struct {
		pattern string
		check   func(string) error
	}{
		{"checkpoints/*", func(path string) error {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			older, err := c.open(data)
			if err != nil {
				return err
			}
			if err := c.grown(older, newest); err != nil {
				return err
			}
			return c.entries(older)
		}},
		{"proofs/*.tlog-proof", c.proof},
		{"consistency/*", c.consistency},
	}
	for _, part := range parts {
		paths, err := filepath.Glob(filepath.Join(c.folder.root, part.pattern))
		if err != nil {
			return 0, err
		}
		for _, path := range paths {
			if err := part.check(path); err != nil {
				return 0, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return newest.N, nil
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: log_verifier FOLDER LOG_KEY [WITNESS_KEY...]")
		os.Exit(2)
	}
	log, err := note.NewVerifier(os.Args[2])
	verifiers := []note.Verifier{log}
	for _, key := range os.Args[3:] {
		if err != nil {
			break
		}
		var witness note.Verifier
		witness, err = newCosigner(key)
		verifiers = append(verifiers, witness)
	}
	var size int64
	if err == nil {
		c := checker{folder{os.Args[1]}, note.VerifierList(verifiers...), len(verifiers)}
		size, err = c.run()
	}
	if err != nil {
		fmt.Println("REFUSED:", err)
		os.Exit(1)
	}
	fmt.Println("verified", size, "entries")
}
