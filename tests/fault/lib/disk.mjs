/* The disk of Redis: a small one of its own, so that it can be filled. It takes root and a kernel that lets us mount. */
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";

const SIZE_MIB = 48;
const CHUNK = Buffer.alloc(1 << 20);

export class DiskOfRedis {
	constructor(runDir) {
		this.folder = `${runDir}/redis`;
		this.ballast = `${this.folder}/ballast`;
		this.isMounted = false;
	}

	/* Before the site starts. Leaves `why` where it can't be done. */
	mount() {
		mkdirSync(this.folder, { recursive: true });
		try {
			execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE_MIB}m,mode=700`, "foodfast-fault", this.folder], { stdio: "pipe" });
			this.isMounted = true;
		} catch (error) {
			this.why = String(error.stderr ?? error.message).trim();
		}
		return this;
	}

	unmount() {
		if (this.isMounted)
			execFileSync("umount", ["-l", this.folder]);
		this.isMounted = false;
	}

	/* Not a page is left. */
	fill() {
		for (const chunk of [CHUNK, CHUNK.subarray(0, 4096)])
			while (this.#write(chunk));
	}

	free() {
		rmSync(this.ballast, { force: true });
	}

	#write(chunk) {
		try {
			appendFileSync(this.ballast, chunk);
			return true;
		} catch (error) {
			if (error.code !== "ENOSPC")
				throw error;
			return false;
		}
	}
}
