// Fills a record with what BuildKit's own walk keeps of a tree, for each ignore file in it:
//
//	go run . <../engine_record.json >new.json
package main

import (
	"bytes"
	"context"
	"encoding/json"
	gofs "io/fs"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/moby/patternmatcher/ignorefile"
	"github.com/tonistiigi/fsutil"
)

type record struct {
	// Paths of the tree; a folder ends with a slash.
	Tree  []string `json:"tree"`
	Cases []*entry `json:"cases"`
}

type entry struct {
	Ignore string `json:"ignore"`
	// One character a path of the tree: 1 where it is kept. Empty where the engine refuses the file.
	Kept string `json:"kept"`
}

func main() {
	log.SetFlags(0)
	var record record
	check(json.NewDecoder(os.Stdin).Decode(&record))
	root, err := os.MkdirTemp("", "tree")
	check(err)
	defer os.RemoveAll(root)
	sort.Strings(record.Tree)
	for _, path := range record.Tree {
		place := filepath.Join(root, path)
		if strings.HasSuffix(path, "/") {
			check(os.MkdirAll(place, 0o755))
		} else {
			check(os.MkdirAll(filepath.Dir(place), 0o755))
			check(os.WriteFile(place, nil, 0o644))
		}
	}
	for _, each := range record.Cases {
		each.Kept = kept(root, record.Tree, each.Ignore)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	check(encoder.Encode(record))
}

func kept(root string, tree []string, ignore string) string {
	patterns, err := ignorefile.ReadAll(bytes.NewReader([]byte(ignore)))
	found := map[string]bool{}
	if err == nil {
		options := &fsutil.FilterOpt{ExcludePatterns: patterns}
		err = fsutil.WalkDir(context.Background(), root, options,
			func(path string, _ gofs.DirEntry, err error) error {
				found[path] = true
				return err
			})
	}
	if err != nil {
		return ""
	}
	marks := make([]byte, len(tree))
	for i, path := range tree {
		marks[i] = '0'
		if found[strings.TrimSuffix(path, "/")] {
			marks[i] = '1'
		}
	}
	return string(marks)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
