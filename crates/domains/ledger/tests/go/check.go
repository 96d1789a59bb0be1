// Checks a served log with Go's own transparency log packages (golang.org/x/mod/sumdb), which know nothing of ours.
//
// usage: GO111MODULE=off GOPATH=/usr/share/gocode go run check.go PREFIX VERIFIER-KEY
// Debian and Ubuntu: apt-get install golang-go golang-golang-x-mod-dev
package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The tile height of C2SP tlog-tiles.
const height = 8

// server reads tiles by their C2SP paths, which leave out the height that Go's paths begin with.
type server struct{ prefix string }

func (s server) get(path string) ([]byte, error) {
	response, err := http.Get(s.prefix + path)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, response.Status)
	}
	return io.ReadAll(response.Body)
}

func (s server) Height() int { return height }

func (s server) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := s.get("/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (s server) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: check PREFIX VERIFIER-KEY")
	}
	if err := check(server{os.Args[1]}, os.Args[2]); err != nil {
		log.Fatal(err)
	}
}

func check(s server, key string) error {
	tree, err := head(s, key)
	if err != nil {
		return err
	}
	// This reader checks every tile it reads against the signed root.
	hashes := tlog.TileHashReader(tree, s)
	root, err := tlog.TreeHash(tree.N, hashes)
	if err != nil {
		return err
	}
	if root != tree.Hash {
		return errors.New("the tiles do not make the signed root")
	}
	var steps int64 = tree.N/50 + 1
	for n := int64(0); n < tree.N; n += steps {
		if err := prove(tree, n, hashes); err != nil {
			return fmt.Errorf("entry %d: %w", n, err)
		}
	}
	if err := entries(s, tree, hashes); err != nil {
		return err
	}
	fmt.Printf("%d entries proven\n", tree.N)
	return nil
}

func head(s server, key string) (tlog.Tree, error) {
	data, err := s.get("/checkpoint")
	if err != nil {
		return tlog.Tree{}, err
	}
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return tlog.Tree{}, err
	}
	signed, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("not a checkpoint of %s: %q", verifier.Name(), signed.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

// prove checks that entry n is in the tree, and that the tree of n+1 entries is a prefix of it.
func prove(tree tlog.Tree, n int64, hashes tlog.HashReader) error {
	leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, n)})
	if err != nil {
		return err
	}
	inclusion, err := tlog.ProveRecord(tree.N, n, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckRecord(inclusion, tree.N, tree.Hash, n, leaf[0]); err != nil {
		return fmt.Errorf("inclusion: %w", err)
	}
	old, err := tlog.TreeHash(n+1, hashes)
	if err != nil {
		return err
	}
	prefix, err := tlog.ProveTree(tree.N, n+1, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(prefix, tree.N, tree.Hash, n+1, old); err != nil {
		return fmt.Errorf("consistency: %w", err)
	}
	return nil
}

// entries checks every entry of every bundle against its leaf in the tree.
func entries(s server, tree tlog.Tree, hashes tlog.HashReader) error {
	for first := int64(0); first < tree.N; first += 1 << height {
		width := int64(1 << height)
		if tree.N-first < width {
			width = tree.N - first
		}
		tile := tlog.Tile{H: height, L: -1, N: first >> height, W: int(width)}
		bundle, err := s.get("/" + strings.Replace(tile.Path(), "tile/8/data/", "tile/entries/", 1))
		if err != nil {
			return err
		}
		var places []int64
		for n := first; n < first+width; n++ {
			places = append(places, tlog.StoredHashIndex(0, n))
		}
		leaves, err := hashes.ReadHashes(places)
		if err != nil {
			return err
		}
		for i, leaf := range leaves {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return fmt.Errorf("bundle %d is too short", tile.N)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			if tlog.RecordHash(bundle[2:end]) != leaf {
				return fmt.Errorf("entry %d is not its leaf", first+int64(i))
			}
			bundle = bundle[end:]
		}
		if len(bundle) != 0 {
			return fmt.Errorf("bundle %d is too long", tile.N)
		}
	}
	return nil
}
