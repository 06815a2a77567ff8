// The optimizers in plain f64 TypeScript, written from the algorithms on the pages of torch.optim: one element at a
// time, with Math.pow, and with no thought of speed. The kernels' tests compare with these.

type Options = Record<string, number | boolean | readonly number[]>;

/** One parameter's state, by PyTorch's names. */
type State = Record<string, number>;

/** The parameter after update t = 1, 2, … with the gradient g; changes the state. */
type Update = (p: number, g: number, t: number, state: State) => number;

export interface Reference {
  init: State;
  update: Update;
}

/** The reference of the optimizer that has this name and these (complete) options. */
export function referenceOptimizer(name: string, options: Options): Reference {
  const o = options as Record<string, number> & { betas: readonly [number, number] };
  const gradient = (p: number, g: number) => (options.maximize ? -g : g) + o.weightDecay! * p;
  const lr = o.lr!;

  switch (name) {
    case "sgd":
      return {
        init: {},
        update(p, g, t, s) {
          let d = gradient(p, g);
          if (o.momentum !== 0) {
            s.momentum_buffer = t === 1 ? d : o.momentum! * s.momentum_buffer! + (1 - o.dampening!) * d;
            d = options.nesterov ? d + o.momentum! * s.momentum_buffer : s.momentum_buffer;
          }
          return p - lr * d;
        },
      };

    case "adam":
    case "adamW":
      return {
        init: { exp_avg: 0, exp_avg_sq: 0, max_exp_avg_sq: 0 },
        update(p, g, t, s) {
          const [beta1, beta2] = o.betas;
          const d = name === "adam" ? gradient(p, g) : options.maximize ? -g : g;
          if (name === "adamW") p -= lr * o.weightDecay! * p;
          s.exp_avg = beta1 * s.exp_avg! + (1 - beta1) * d;
          s.exp_avg_sq = beta2 * s.exp_avg_sq! + (1 - beta2) * d * d;
          s.max_exp_avg_sq = Math.max(s.max_exp_avg_sq!, s.exp_avg_sq);
          const m = s.exp_avg / (1 - Math.pow(beta1, t));
          const v = (options.amsgrad ? s.max_exp_avg_sq : s.exp_avg_sq) / (1 - Math.pow(beta2, t));
          return p - (lr * m) / (Math.sqrt(v) + o.eps!);
        },
      };

    case "adamax":
      return {
        init: { exp_avg: 0, exp_inf: 0 },
        update(p, g, t, s) {
          const [beta1, beta2] = o.betas;
          const d = gradient(p, g);
          s.exp_avg = beta1 * s.exp_avg! + (1 - beta1) * d;
          s.exp_inf = Math.max(beta2 * s.exp_inf!, Math.abs(d) + o.eps!);
          return p - (lr / (1 - Math.pow(beta1, t))) * (s.exp_avg / s.exp_inf);
        },
      };

    case "nadam":
      return {
        init: { exp_avg: 0, exp_avg_sq: 0, mu_product: 1 },
        update(p, g, t, s) {
          const [beta1, beta2] = o.betas;
          const d = gradient(p, g);
          const mu = beta1 * (1 - 0.5 * Math.pow(0.96, t * o.momentumDecay!));
          const muNext = beta1 * (1 - 0.5 * Math.pow(0.96, (t + 1) * o.momentumDecay!));
          s.mu_product = s.mu_product! * mu;
          s.exp_avg = beta1 * s.exp_avg! + (1 - beta1) * d;
          s.exp_avg_sq = beta2 * s.exp_avg_sq! + (1 - beta2) * d * d;
          const m = (muNext * s.exp_avg) / (1 - s.mu_product * mu * muNext) + ((1 - mu) * d) / (1 - s.mu_product);
          return p - (lr * m) / (Math.sqrt(s.exp_avg_sq / (1 - Math.pow(beta2, t))) + o.eps!);
        },
      };

    case "rmsprop":
      return {
        init: { square_avg: 0, momentum_buffer: 0, grad_avg: 0 },
        update(p, g, _t, s) {
          const d = gradient(p, g);
          s.square_avg = o.alpha! * s.square_avg! + (1 - o.alpha!) * d * d;
          let v = s.square_avg;
          if (options.centered) {
            s.grad_avg = o.alpha! * s.grad_avg! + (1 - o.alpha!) * d;
            v -= s.grad_avg * s.grad_avg;
          }
          const change = d / (Math.sqrt(v) + o.eps!);
          if (o.momentum === 0) return p - lr * change;
          s.momentum_buffer = o.momentum! * s.momentum_buffer! + change;
          return p - lr * s.momentum_buffer;
        },
      };

    case "adagrad":
      return {
        init: { sum: o.initialAccumulatorValue! },
        update(p, g, t, s) {
          const d = gradient(p, g);
          s.sum = s.sum! + d * d;
          return p - ((lr / (1 + (t - 1) * o.lrDecay!)) * d) / (Math.sqrt(s.sum) + o.eps!);
        },
      };

    case "adadelta":
      return {
        init: { square_avg: 0, acc_delta: 0 },
        update(p, g, _t, s) {
          const d = gradient(p, g);
          s.square_avg = o.rho! * s.square_avg! + (1 - o.rho!) * d * d;
          const change = (Math.sqrt(s.acc_delta! + o.eps!) / Math.sqrt(s.square_avg + o.eps!)) * d;
          s.acc_delta = o.rho! * s.acc_delta! + (1 - o.rho!) * change * change;
          return p - lr * change;
        },
      };
  }
  throw new Error(`no reference for the optimizer "${name}"`);
}
