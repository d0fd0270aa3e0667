/*
 * Intrusive doubly linked lists: an entry is a member of what it lists, so that
 * joining and leaving cost no memory and no search. A head, and an entry in no
 * list, point at themselves; leaving twice is harmless.
 */
#ifndef LIST_H
#define LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *previous;
};

/* The struct that MEMBER, pointed at by POINTER, is in. */
#define CONTAINER(pointer, type, member) \
	((type *)(void *)((char *)(pointer)-offsetof(type, member)))

/* Visits every entry; AFTER allows the visited one to leave. */
#define LIST_EACH(entry, after, head)                                                  \
	for (struct list *entry = (head)->next, *after = entry->next; entry != (head); \
	     entry = after, after = entry->next)

static inline void
list_start(struct list *head)
{
	head->next = head->previous = head;
}

static inline bool
list_is_empty(const struct list *head)
{
	return head->next == head;
}

static inline void
list_append(struct list *head, struct list *entry)
{
	entry->previous = head->previous;
	entry->next = head;
	head->previous->next = entry;
	head->previous = entry;
}

static inline void
list_remove(struct list *entry)
{
	entry->previous->next = entry->next;
	entry->next->previous = entry->previous;
	list_start(entry);
}

/* Moves all of FROM to the end of TO. */
static inline void
list_splice(struct list *to, struct list *from)
{
	if (list_is_empty(from))
		return;
	from->next->previous = to->previous;
	to->previous->next = from->next;
	from->previous->next = to;
	to->previous = from->previous;
	list_start(from);
}

#endif
